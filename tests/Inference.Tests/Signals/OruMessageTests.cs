using System.Text;
using EchoClr.Dicom;
using EchoClr.Inference.Reporting;
using EchoClr.Inference.Signals;
using EchoClr.Inference.Signals.Hl7;
using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.Inference.Tests.Signals;

/// <summary>What the message says, field by field.</summary>
public sealed class OruMessageTests
{
    private static readonly Hl7TargetOptions Target = new() { SendingFacility = "CARDIO", ReceivingApplication = "RIS", ReceivingFacility = "HOSPITAL" };

    [Fact]
    public void Findings_EveryFieldThatReceiversRead()
    {
        var signal = SomeSignal.Of();
        var message = Read(signal);

        Assert.Equal(["MSH", "PID", "PV1", "ORC", "OBR", "OBX", "OBX", "OBX", "OBX", "OBX", "OBX", "OBX"], message.Names);
        Assert.Equal(["ECHOCLR", "CARDIO", "RIS", "HOSPITAL", "20260307131000+0000", "", "ORU^R01^ORU_R01", "0123456789ABCDEF0123", "T", "2.5.1"], Enumerable.Range(3, 10).Select(field => message.Field("MSH", field)));
        Assert.Equal("UNICODE UTF-8", message.Field("MSH", 18));
        Assert.Equal("MRN 0815^^^WARD7", message.Field("PID", 3));
        Assert.Equal("Müller^Jürgen", message.Field("PID", 5));
        Assert.Equal(("19400102", "M"), (message.Field("PID", 7), message.Field("PID", 8)));
        Assert.Equal(("U", "^Weiß^Anna"), (message.Field("PV1", 2), message.Field("PV1", 8)));
        Assert.Equal(("RE", "A-2026-17"), (message.Field("ORC", 1), message.Field("ORC", 3)));
        Assert.Equal("A-2026-17", message.Field("OBR", 3)); // neither placer nor filler number in the study
        Assert.Equal("433236007^Transthoracic echocardiography^SCT", message.Field("OBR", 4));
        Assert.StartsWith("20260306231500", message.Field("OBR", 7), StringComparison.Ordinal);
        Assert.Matches(@"^\d{14}[+-]\d{4}$", message.Field("OBR", 7));
        Assert.Equal(("^Weiß^Anna", "A-2026-17", "RP-17"), (message.Field("OBR", 16), message.Field("OBR", 18), message.Field("OBR", 19)));
        Assert.Equal(("CUS", "R", ""), (message.Field("OBR", 24), message.Field("OBR", 25), message.Field("OBR", 32)));

        Assert.Equal(Enumerable.Range(1, 7).Select(number => number.ToString()), message.Observations.Select(observation => observation.SetId));
        Assert.All(message.Observations, observation => Assert.Equal("R", observation.Status));
        Assert.Equal(("HD", "^Study Instance UID", signal.StudyInstanceUid), Named(message.Observations[0]));
        Assert.Equal(("HD", "^SR Instance UID", signal.ReportUid), Named(message.Observations[1]));
        var probability = message.Observed("AS-PROBABILITY");
        Assert.Equal(("NM", "SEV-AS^Severe aortic stenosis^99ECHOCLR", "87.3"), Named(probability));
        Assert.Equal(("%^Percent^UCUM", "<50.0", "A"), (probability.Units, probability.Range, probability.Abnormal));
        Assert.Equal(("CWE", "SEV-AS^Severe aortic stenosis^99ECHOCLR", "52101004^Present^SCT"), Named(message.Observed("AS")));
        Assert.Equal(("CWE", "55827005^Left ventricular hypertrophy^SCT", "272519000^Absent^SCT"), Named(message.Observed("LVH")));
        Assert.Equal("", message.Observed("LVH").Abnormal);
        Assert.Equal(signal.Text, message.Text);
    }

    [Theory]
    [InlineData(79.9, "")]
    [InlineData(80, "A")]
    public void AlertThreshold_IsApartFromTheModels(double percent, string flag)
    {
        var message = Read(SomeSignal.Of(aorticStenosis: percent));

        Assert.Equal((flag, flag), (message.Observed("AS").Abnormal, message.Observed("AS-PROBABILITY").Abnormal));
        Assert.Equal("52101004^Present^SCT", message.Observed("AS").Value);
    }

    [Fact]
    public void UnansweredQuestion_IsSaidToBeSo_BecauseAnEarlierMessageMayHaveAnsweredIt()
    {
        var message = Read(SomeSignal.Of(hypertrophy: null));

        Assert.Equal(("X", ""), (message.Observed("LVH").Status, message.Observed("LVH").Value));
        Assert.Equal(("X", ""), (message.Observed("LVH-PROBABILITY").Status, message.Observed("LVH-PROBABILITY").Value));
        Assert.Equal("R", message.Field("OBR", 25));
    }

    [Theory]
    [InlineData(SignalKind.NotAnalyzed, "X")]
    [InlineData(SignalKind.Withdrawal, "W")]
    public void NoFindingStands_NoNumberIsSaid(SignalKind kind, string status)
    {
        var message = Read(SomeSignal.Of(kind));

        Assert.Equal("R", message.Field("OBR", 25));
        Assert.All(["AS", "AS-PROBABILITY", "LVH", "LVH-PROBABILITY"], name => Assert.Equal((status, "", ""), (message.Observed(name).Status, message.Observed(name).Value, message.Observed(name).Abnormal)));
        Assert.Equal(kind == SignalKind.Withdrawal ? "W" : "R", message.Observations[1].Status);
    }

    [Fact]
    public void RealWeights_AreProduction() => Assert.Equal("P", Read(SomeSignal.Of(synthetic: false)).Field("MSH", 11));

    [Fact]
    public void OrderNumbersAndIssuer_AreCarriedWhereTheStudyHasThem()
    {
        var signal = SomeSignal.Of(alter: header => header.SetSequence(DicomTags.IssuerOfPatientIDQualifiersSequence, new DicomDataset().Set(DicomTags.UniversalEntityID, "1.2.3").Set(DicomTags.UniversalEntityIDType, "ISO")));
        signal.Report.GetSequence(DicomTags.ReferencedRequestSequence)[0].Set(DicomTags.PlacerOrderNumberImagingServiceRequest, "P^1").Set(DicomTags.FillerOrderNumberImagingServiceRequest, "F-1");
        var message = Read(signal);

        Assert.Equal("MRN 0815^^^WARD7&1.2.3&ISO", message.Field("PID", 3));
        Assert.Equal((@"P\S\1", "F-1"), (message.Field("OBR", 2), message.Field("OBR", 3)));
        Assert.Equal((@"P\S\1", "F-1"), (message.Field("ORC", 2), message.Field("ORC", 3)));
    }

    [Theory]
    [InlineData("Yamada^Tarou^^Dr^Jr=山田^太郎=やまだ^たろう", "Yamada^Tarou^^Jr^Dr~山田^太郎^^^^^^I~やまだ^たろう^^^^^^P")]
    [InlineData("Buc^Jérôme", "Buc^Jérôme")]
    [InlineData("O|Brien^A&B~C", @"O\F\Brien^A\T\B\R\C")]
    [InlineData("", "")]
    public void Name_InHl7sOrder_WithEverySpelling(string dicom, string hl7) => Assert.Equal(hl7, Hl7Text.PersonName(dicom));

    [Theory]
    [InlineData("20260306", "2315", "+0100", "202603062315+0100")]
    [InlineData("20260306", "231500.123456", "-0330", "20260306231500-0330")]
    [InlineData("20260306", "23", "+0100", "20260306")]
    [InlineData("20260306", null, "+0100", "20260306")]
    [InlineData("2026.03.06", "2315", "+0100", "")]
    [InlineData(null, "2315", "+0100", "")]
    public void Time_IsAsPreciseAsItIs(string? date, string? time, string offset, string expected) => Assert.Equal(expected, Hl7Text.Time(date, time, offset));

    /// <summary>A name may hold what would end a field, a segment or a block.</summary>
    [Fact]
    public void HostileValues_BeginNothing()
    {
        const string hostile = "a|b^c&d~e\\f\rPID|1||other\n\u000B\u001C\r";
        var signal = SomeSignal.Of() with { Text = hostile };
        var block = OruMessage.Build(signal, Target);

        Assert.DoesNotContain((byte)0x0B, block);
        Assert.DoesNotContain((byte)0x1C, block);
        var message = new Hl7Message(block);
        Assert.Single(message.Names, "PID");
        Assert.Equal("a|b^c&d~e\\f PID|1||other", message.Text);
    }

    [Fact]
    public void Latin1_IsSaidAndWritten()
    {
        var block = OruMessage.Build(SomeSignal.Of(), new Hl7TargetOptions { CharacterSet = Hl7CharacterSet.Latin1 });

        var text = Encoding.Latin1.GetString(block);
        Assert.Contains("|8859/1\r", text, StringComparison.Ordinal);
        Assert.Contains("Müller^Jürgen", text, StringComparison.Ordinal);
    }

    /// <summary>An independent library finds the same in it (Debian's python3-hl7).</summary>
    [Fact]
    public async Task AnotherLibrary_ReadsTheSame()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "message.hl7");
        var signal = SomeSignal.Of() with { Text = "50 | 60 ^ 70 & 80 ~ 90 \\ 100" };
        await File.WriteAllBytesAsync(file, OruMessage.Build(signal, Target), TestContext.Current.CancellationToken);
        const string script = """
            import sys
            try:
                import hl7
            except ImportError:
                print('absent'); sys.exit()
            m = hl7.parse(open(sys.argv[1], 'rb').read(), encoding='utf-8')
            print(m.extract_field('MSH', 1, 10, 1, 1), m.extract_field('OBR', 1, 25, 1, 1), m.extract_field('PID', 1, 5, 1, 1), m.extract_field('PID', 1, 5, 1, 2), sep='\n')
            for x in m.segments('OBX'):
                print(str(x[2]), str(x[3]), m.unescape(str(x[5])), str(x[11]), sep='\t')
            """;
        var read = await ExternalTool.RunAsync("python3-hl7", "/usr/bin/python3", "-c", script, file);
        Assert.SkipWhen(read.Output.StartsWith("absent", StringComparison.Ordinal), "Debian's python3-hl7 is not installed here");

        Assert.True(read.ExitCode == 0, read.Said);
        Assert.Equal(
            $"0123456789ABCDEF0123\nR\nMüller\nJürgen\nHD\t^Study Instance UID\t{signal.StudyInstanceUid}\tR\nHD\t^SR Instance UID\t{signal.ReportUid}\tR\n"
            + "NM\tSEV-AS^Severe aortic stenosis^99ECHOCLR\t87.3\tR\nCWE\tSEV-AS^Severe aortic stenosis^99ECHOCLR\t52101004^Present^SCT\tR\n"
            + "NM\t55827005^Left ventricular hypertrophy^SCT\t12.0\tR\nCWE\t55827005^Left ventricular hypertrophy^SCT\t272519000^Absent^SCT\tR\n"
            + "TX\t^SR Text\t50 | 60 ^ 70 & 80 ~ 90 \\ 100\tR\n", read.Output);
    }

    private static Hl7Message Read(Signal signal) => new(OruMessage.Build(signal, Target));

    private static (string, string, string) Named(Observation observation) => (observation.Type, observation.Name, observation.Value);
}
