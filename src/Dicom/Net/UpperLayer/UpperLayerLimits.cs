namespace EchoClr.Dicom.Net.UpperLayer;

/// <param name="MaxReceiveLength">Longest P-DATA-TF PDU taken, as announced to the peer; bytes of the PDU length field.</param>
/// <param name="ArtimTimeout">PS3.8 9.1.5: from transport connection to A-ASSOCIATE-RQ, and from our last word to the peer's closing.</param>
/// <param name="SendTimeout">Longest wait for a peer that takes no data.</param>
internal sealed record UpperLayerLimits(int MaxReceiveLength, TimeSpan ArtimTimeout, TimeSpan SendTimeout);
