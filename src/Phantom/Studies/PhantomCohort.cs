namespace EchoClr.Phantom.Studies;

/// <summary>What has been written so far.</summary>
public readonly record struct PhantomProgress(int Objects, int TotalObjects);

/// <summary>Writes studies of many patients, with their truth.</summary>
public static class PhantomCohort
{
    public static IReadOnlyList<PhantomPatient> Draw(int patients, long seed) => [.. Enumerable.Range(0, patients).Select(number => PhantomPatient.Draw(seed, number))];

    /// <summary>Writes one folder a study (<c>P00000/IM0001.dcm</c>…), <c>truth.csv</c> and <c>landmarks.csv</c>.</summary>
    public static Task WriteAsync(string folder, int patients, long seed, IProgress<PhantomProgress>? progress = null, CancellationToken cancel = default) =>
        WriteAsync(folder, Draw(patients, seed), progress, cancel);

    public static async Task WriteAsync(
        string folder, IReadOnlyList<PhantomPatient> patients, IProgress<PhantomProgress>? progress = null, CancellationToken cancel = default)
    {
        var items = patients.Select(PhantomStudy.Create).SelectMany(study => study.Objects.Select(item => (Study: study, Item: item))).ToList();
        var lines = new string[items.Count];
        var landmarks = new string[items.Count];
        var written = 0;
        Directory.CreateDirectory(folder);
        await Parallel.ForAsync(0, items.Count, cancel, (index, _) =>
        {
            var (study, item) = items[index];
            var file = $"P{study.Patient.Number:D5}/IM{item.Number:D4}.dcm";
            var path = Path.Combine(folder, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var (dicom, truth) = PhantomFile.Create(study, item);
            dicom.Write(path);
            lines[index] = PhantomTruth.Line(study, item, file);
            landmarks[index] = item.Kind == PhantomObjectKind.BModeCine ? PhantomTruth.Landmarks(study, item, truth) : "";
            progress?.Report(new PhantomProgress(Interlocked.Increment(ref written), items.Count));
            return ValueTask.CompletedTask;
        }).ConfigureAwait(false);
        await File.WriteAllLinesAsync(Path.Combine(folder, PhantomTruth.FileName), [PhantomTruth.Header, .. lines], cancel).ConfigureAwait(false);
        await File.WriteAllTextAsync(
            Path.Combine(folder, PhantomTruth.LandmarksFileName), PhantomTruth.LandmarksHeader + "\n" + string.Concat(landmarks), cancel).ConfigureAwait(false);
    }
}
