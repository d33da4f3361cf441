using System.Buffers;

namespace EchoClr.Dicom.Net.Pdus;

/// <summary>One fragment of a command or of a data set (PS3.8 Table 9-23, Annex E.2). The bytes live until the next PDU is read.</summary>
internal readonly record struct PresentationDataValue(byte ContextId, bool IsCommand, bool IsLast, ReadOnlySequence<byte> Fragment);
