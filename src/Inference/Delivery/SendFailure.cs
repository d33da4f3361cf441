namespace EchoClr.Inference.Delivery;

/// <summary>Why an object did not get to a PACS.</summary>
/// <param name="Reason">For the administrator of the PACS, in the standard's words.</param>
/// <param name="Permanent">Repeating alone does not cure it; somebody has to change a setting.</param>
/// <param name="NoAssociation">The PACS let nobody in: other results need not try now.</param>
public sealed record SendFailure(string Reason, bool Permanent = false, bool NoAssociation = false);
