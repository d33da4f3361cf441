using System.Buffers;
using EchoClr.Dicom;
using EchoClr.Dicom.Net.Dimse;
using EchoClr.Dicom.Net.Pdus;
using EchoClr.Dicom.Ports;
using EchoClr.Phantom;
using EchoClr.Phantom.Studies;
using EchoClr.Testing;

namespace EchoClr.Fuzz;

/// <summary>Well-formed inputs: made here, so that every machine has them, and small real files where they are at hand.</summary>
internal static class Seeds
{
    /// <summary>A mutation of a large file is mostly a mutation of pixels, and slow: of longer files the header is taken.</summary>
    private const int MaxFileLength = 200_000;

    /// <summary>Real headers end before this.</summary>
    private const int HeaderLength = 6000;

    private static readonly PhantomStudy phantom = PhantomStudy.Create(PhantomPatient.Draw(seed: 7, number: 0));

    /// <summary>A data set with every VR, nesting, private elements and text in two repertoires.</summary>
    public static DicomDataset EveryVr()
    {
        var dataset = new DicomDataset()
            .Set(DicomTags.SpecificCharacterSet, "ISO_IR 100")
            .Set(DicomTags.SOPClassUID, SopClasses.UltrasoundMultiFrameImageStorage)
            .Set(DicomTags.SOPInstanceUID, "1.2.3.4")
            .Set(DicomTags.StudyInstanceUID, "1.2.3.4.5")
            .Set(DicomTags.PatientName, "Müller^Änne=")
            .Set(DicomTags.FrameTimeVector, "0", "33.3", "33.4");
        var element = (ushort)0x1001;
        foreach (var vr in new[]
        {
            DicomVr.AE, DicomVr.AS, DicomVr.AT, DicomVr.CS, DicomVr.DA, DicomVr.DS, DicomVr.DT, DicomVr.FD, DicomVr.FL, DicomVr.IS, DicomVr.LO, DicomVr.LT, DicomVr.OB, DicomVr.OD, DicomVr.OF, DicomVr.OL, DicomVr.OV,
            DicomVr.OW, DicomVr.PN, DicomVr.SH, DicomVr.SL, DicomVr.SS, DicomVr.ST, DicomVr.SV, DicomVr.TM, DicomVr.UC, DicomVr.UI, DicomVr.UL, DicomVr.UN, DicomVr.UR, DicomVr.US, DicomVr.UT, DicomVr.UV,
        })
            dataset.SetBytes(new DicomTag(0x0009, element++), vr, new byte[8]);
        dataset.SetBytes(new DicomTag(0x0009, 0x0010), DicomVr.LO, "FUZZ"u8.ToArray());
        var item = new DicomDataset().Set(DicomTags.CodeValue, "122157").SetSequence(DicomTags.ConceptNameCodeSequence, new DicomDataset().Set(DicomTags.CodeMeaning, "deep"));
        return dataset.SetSequence(DicomTags.ContentSequence, item, new DicomDataset());
    }

    public static IReadOnlyList<byte[]> Datasets(TransferSyntax syntax) =>
        [.. new[] { EveryVr(), PhantomFile.Create(phantom, phantom.Objects[0]).File.Dataset }.Select(dataset => DicomDatasetWriter.Encode(Headers(dataset), syntax)),
         .. new[] { EveryVr() }.Select(dataset => DicomDatasetWriter.Encode(dataset, syntax, SequenceLength.Undefined))];

    /// <summary>Part 10 files: a still phantom, its header alone, and the small real and malformed files.</summary>
    public static IReadOnlyList<byte[]> Files()
    {
        var still = phantom.Objects.First(item => !item.IsCine);
        return [.. new[] { new DicomFile(EveryVr(), TransferSyntax.ExplicitVRLittleEndian), PhantomFile.Create(phantom, still).File }.Select(Bytes), .. RealFiles()];
    }

    private static IEnumerable<byte[]> RealFiles() => RealData.Root is not { } root ? [] :
        Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Where(path => new FileInfo(path).Length > 0 && Path.GetExtension(path) is ".dcm" or "")
            .Select(File.ReadAllBytes).Select(bytes => bytes.Length <= MaxFileLength ? bytes : bytes[..HeaderLength]);

    private static DicomDataset Headers(DicomDataset dataset)
    {
        var headers = new DicomDataset();
        headers.CopyFrom(dataset, [.. dataset.Select(element => element.Tag).Where(tag => tag < DicomTags.PixelData)]);
        return headers;
    }

    private static byte[] Bytes(DicomFile file)
    {
        using var stream = new MemoryStream();
        file.Write(stream);
        return stream.ToArray();
    }

    // ---- associations ----

    private static readonly ProposedContext[] contexts =
    [
        new(1, SopClasses.Verification, [TransferSyntax.ImplicitVRLittleEndian.Uid]),
        new(3, SopClasses.UltrasoundMultiFrameImageStorage, [TransferSyntax.ExplicitVRLittleEndian.Uid, TransferSyntax.JPEGBaseline8Bit.Uid]),
        new(5, SopClasses.StorageCommitmentPushModel, [TransferSyntax.ImplicitVRLittleEndian.Uid]),
    ];

    /// <summary>What a sender says from first to last: association, C-ECHO, C-STORE in fragments, N-EVENT-REPORT, release.</summary>
    public static IReadOnlyList<byte[]> Senders()
    {
        var rq = Bytes(new AssociateRqPdu(1, "ECHOCLR", "FUZZ", PduWriter.ApplicationContext, contexts, new UserInformation(16384, "1.2.3", "FUZZ", [new RoleSelection(SopClasses.StorageCommitmentPushModel, true, true)])));
        var echo = Message(1, new CommandSet { Field = CommandField.CEchoRq, MessageId = 1, AffectedSopClassUid = SopClasses.Verification }, null);
        var store = Message(3, new CommandSet
        {
            Field = CommandField.CStoreRq, MessageId = 2, Priority = 0, HasDataset = true, AffectedSopClassUid = SopClasses.UltrasoundMultiFrameImageStorage, AffectedSopInstanceUid = "1.2.3.4",
        }, DicomDatasetWriter.Encode(EveryVr(), TransferSyntax.ExplicitVRLittleEndian));
        var report = Message(5, Report(3), ReportDataset());
        var release = Bytes(new ReleaseRqPdu());
        return [[.. rq, .. echo, .. release], [.. rq, .. store, .. store, .. release], [.. rq, .. report, .. echo, .. Bytes(new AbortPdu(AbortSource.ServiceUser, AbortReason.NotSpecified))]];
    }

    /// <summary>What a PACS answers to a C-FIND: association, two matches, the end, release.</summary>
    public static byte[] FindAnswer()
    {
        var match = DicomDatasetWriter.Encode(new DicomDataset().Set(DicomTags.StudyInstanceUID, "1.2.3").Set(DicomTags.PatientName, "A^B"), TransferSyntax.ImplicitVRLittleEndian);
        var pending = new CommandSet { Field = CommandField.CFindRsp, MessageIdBeingRespondedTo = 1, AffectedSopClassUid = SopClasses.StudyRootQueryRetrieveInformationModelFind, HasDataset = true, Status = 0xFF00 };
        return [.. Accept(1), .. Message(1, pending, match), .. Message(1, pending, match), .. Message(1, pending with { HasDataset = false, Status = 0 }, null), .. Bytes(new ReleaseRpPdu())];
    }

    /// <summary>What a PACS answers to a storage commitment request, with its report on the same association.</summary>
    public static byte[] CommitmentAnswer()
    {
        var response = new CommandSet
        {
            Field = CommandField.NActionRsp, MessageIdBeingRespondedTo = 1, AffectedSopClassUid = SopClasses.StorageCommitmentPushModel, AffectedSopInstanceUid = StorageCommitment.SopInstanceUid, ActionTypeId = 1, Status = 0,
        };
        return [.. Accept(1), .. Message(1, response, null), .. Message(1, Report(9), ReportDataset()), .. Bytes(new ReleaseRpPdu())];
    }

    private static byte[] Accept(byte id) => Bytes(new AssociateAcPdu("PACS", "ECHOCLR", [new NegotiatedContext(id, 0, TransferSyntax.ImplicitVRLittleEndian.Uid)], new UserInformation(16384, "1.2.3", "FUZZ", [])));

    private static CommandSet Report(ushort messageId) => new()
    {
        Field = CommandField.NEventReportRq, MessageId = messageId, HasDataset = true, EventTypeId = 1,
        AffectedSopClassUid = SopClasses.StorageCommitmentPushModel, AffectedSopInstanceUid = StorageCommitment.SopInstanceUid,
    };

    private static byte[] ReportDataset() => DicomDatasetWriter.Encode(StorageCommitment.Request("1.2.3.9", [new SopReference(SopClasses.Comprehensive3DSRStorage, "1.2.3.5")]), TransferSyntax.ImplicitVRLittleEndian);

    private static byte[] Message(byte contextId, CommandSet command, byte[]? dataset) =>
        dataset is null ? Data(contextId, isCommand: true, isLast: true, command.ToBytes())
        : [.. Data(contextId, true, true, command.ToBytes()), .. Data(contextId, false, false, dataset.AsSpan(0, dataset.Length / 2)), .. Data(contextId, false, true, dataset.AsSpan(dataset.Length / 2))];

    private static byte[] Data(byte contextId, bool isCommand, bool isLast, ReadOnlySpan<byte> fragment)
    {
        var bytes = new byte[12 + fragment.Length];
        PduWriter.WritePDataHeader(bytes, contextId, isCommand, isLast, fragment.Length);
        fragment.CopyTo(bytes.AsSpan(12));
        return bytes;
    }

    private static byte[] Bytes(Pdu pdu)
    {
        var output = new ArrayBufferWriter<byte>();
        PduWriter.Write(output, pdu);
        return output.WrittenSpan.ToArray();
    }
}
