using EchoClr.Dicom.Net.UpperLayer;

namespace EchoClr.Dicom.Net.Dimse;

/// <summary>The association ended, or must end, in the middle of a message.</summary>
internal sealed class AssociationEndedException(UpperLayerIndication indication) : Exception(indication.Why)
{
    public UpperLayerIndication Indication { get; } = indication;
}
