using System.Runtime.InteropServices;

namespace EchoClr.Torch;

/// <summary>libtorch refused a call; the message is libtorch's own.</summary>
public sealed class TorchException(string message) : Exception(message)
{
    internal static void ThrowIf(nint error)
    {
        if (error == 0)
            return;
        string message = Marshal.PtrToStringUTF8(error) ?? "unknown native error";
        Native.error_free(error);
        throw new TorchException(message);
    }
}
