using System.Diagnostics;
using System.Security.Cryptography;
using EchoClr.Dicom;
using EchoClr.Phantom.Studies;
using EchoClr.Phantom.Vendors;

namespace EchoClr.Phantom.Tests;

public sealed class PhantomStudyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("echoclr-phantom-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Create_Study_HasTheObjectsOfAnEchoStudy()
    {
        for (var number = 0; number < 50; number++)
        {
            var study = PhantomStudy.Create(PhantomPatient.Draw(1, number));
            Assert.InRange(study.Objects.Count(item => item.View == PhantomView.Plax), 2, 3);
            foreach (var view in (PhantomView[])[PhantomView.Psax, PhantomView.A4c, PhantomView.A2c])
                Assert.Single(study.Objects, item => item.View == view);
            Assert.Single(study.Objects, item => item.Kind == PhantomObjectKind.ColourCine);
            Assert.Single(study.Objects, item => item.Kind == PhantomObjectKind.SpectralStill);
            Assert.Equal(study.Objects.Count, study.Objects.Select(study.SopInstanceUid).Distinct().Count());
            Assert.StartsWith("Phantom^", study.PatientName, StringComparison.Ordinal);
            Assert.StartsWith("PHANTOM-", study.Patient.PatientId, StringComparison.Ordinal);
            Assert.True(DicomUid.IsValid(study.StudyInstanceUid));
        }
    }

    [Fact]
    public void FrameTimes_AllVendors_GrowMonotonicallyAndSomeAreUneven()
    {
        var uneven = new HashSet<string>();
        for (var number = 0; number < 80; number++)
        {
            var video = PhantomVideo.Draw(PhantomPatient.Draw(2, number), 0, PhantomScene.ParasternalLongAxis);
            var steps = video.FrameTimes.Zip(video.FrameTimes.Skip(1), (a, b) => (b - a).TotalMilliseconds).ToList();
            Assert.Equal(TimeSpan.Zero, video.FrameTimes[0]);
            Assert.True(video.FrameTimes[^1] > TimeSpan.FromSeconds(1));
            Assert.All(steps, step => Assert.InRange(step, 15, 70));
            if (steps.Max() - steps.Min() > 5)
                uneven.Add(video.Vendor.Model);
        }

        Assert.Equal(PhantomVendor.All.Where(vendor => vendor.Timing == FrameTiming.UnevenFrameTimeVector).Select(vendor => vendor.Model).Order(), uneven.Order());
    }

    [Fact]
    public async Task WriteAsync_OnePatientOfEachVendor_PassesDciodvfyAndRepeatsByteForByte()
    {
        const string Validator = "/usr/bin/dciodvfy";
        Assert.SkipUnless(File.Exists(Validator), "dciodvfy (Debian package dicom3tools) is not installed");
        var cancel = TestContext.Current.CancellationToken;
        // One short study a vendor: validity does not depend on how many frames there are.
        var patients = PhantomVendor.All.Select((_, vendor) => PhantomPatient.Draw(3, vendor) with { VendorIndex = vendor, FrameRate = 8f }).ToList();
        await PhantomCohort.WriteAsync(Path.Combine(_folder, "a"), patients, cancel: cancel);
        await PhantomCohort.WriteAsync(Path.Combine(_folder, "b"), patients.Take(1).ToList(), cancel: cancel);

        var files = Directory.GetFiles(Path.Combine(_folder, "a"), "*.dcm", SearchOption.AllDirectories);
        Assert.True(files.Length >= 8 * PhantomVendor.All.Count);
        foreach (var file in files)
        {
            var said = await Run(Validator, ["-new", file], cancel);
            Assert.True(!said.Contains("Error", StringComparison.Ordinal), $"{file}: {said}");
        }

        foreach (var again in Directory.GetFiles(Path.Combine(_folder, "b"), "*.dcm", SearchOption.AllDirectories))
        {
            var first = again.Replace("/b/P", "/a/P", StringComparison.Ordinal);
            Assert.Equal(SHA256.HashData(await File.ReadAllBytesAsync(first, cancel)), SHA256.HashData(await File.ReadAllBytesAsync(again, cancel)));
        }

        var truth = await File.ReadAllLinesAsync(Path.Combine(_folder, "a", PhantomTruth.FileName), cancel);
        Assert.Equal(files.Length + 1, truth.Length);
        Assert.All(truth, line => Assert.Equal(truth[0].Split(',').Length, line.Split(',').Length));
        Assert.All(truth.Skip(1), line => Assert.True(File.Exists(Path.Combine(_folder, "a", line.Split(',')[0]))));
    }

    [Fact]
    public void Create_File_SaysTheTimesThatWereRendered()
    {
        foreach (var vendor in Enumerable.Range(0, PhantomVendor.All.Count))
        {
            var study = PhantomStudy.Create(PhantomPatient.Draw(4, vendor) with { VendorIndex = vendor, FrameRate = 10f });
            var item = study.Objects[0];
            var dataset = PhantomFile.Create(study, item).File.Dataset;
            var times = item.Video.FrameTimes;
            Assert.Equal(times.Count, dataset.GetInt32(DicomTags.NumberOfFrames));
            var steps = dataset.GetDoubles(DicomTags.FrameTimeVector);
            for (var k = 1; k < times.Count; k++)
            {
                var step = steps.Count > 0 ? steps[k] : dataset.GetDouble(DicomTags.FrameTime)!.Value;
                Assert.Equal((times[k] - times[k - 1]).TotalMilliseconds, step, 0.002);
            }
        }
    }

    private static async Task<string> Run(string program, string[] arguments, CancellationToken cancel)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync(cancel);
        var output = await process.StandardOutput.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        return output + await error;
    }
}
