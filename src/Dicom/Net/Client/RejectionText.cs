using EchoClr.Dicom.Net.Pdus;

namespace EchoClr.Dicom.Net.Client;

/// <summary>The words of PS3.8 Tables 9-18 and 9-21 for what a peer refuses.</summary>
internal static class RejectionText
{
    public static string Of(AssociateRjPdu rejection)
    {
        var reason = (rejection.Source, rejection.Reason) switch
        {
            (1, 2) => "application context name not supported",
            (1, 3) => "calling AE title not recognized",
            (1, 7) => "called AE title not recognized",
            (2, 2) => "protocol version not supported",
            (3, 1) => "temporary congestion",
            (3, 2) => "local limit exceeded",
            _ => $"no reason given (source {rejection.Source}, reason {rejection.Reason})",
        };
        return $"{reason} ({(rejection.Result == 2 ? "transient" : "permanent")})";
    }

    public static string OfContext(byte? result) => result switch
    {
        1 => "user rejection",
        2 => "no reason given",
        3 => "abstract syntax not supported",
        4 => "transfer syntaxes not supported",
        _ => "no answer for it",
    };
}
