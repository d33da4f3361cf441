using Xunit;

namespace EchoClr.Testing;

/// <summary>Programs of Debian that our own product classes start; a test that needs one skips, with this reason, where it is absent.</summary>
public static class DebianPackage
{
    public static void RequireOrthanc() => Require("orthanc", "/usr/sbin/Orthanc");

    public static void RequireRabbitMq() => Require("rabbitmq-server", "/usr/lib/rabbitmq/bin/rabbitmq-server");

    private static void Require(string package, string program) => Assert.SkipUnless(File.Exists(program), $"Debian's {package} is not installed here");
}
