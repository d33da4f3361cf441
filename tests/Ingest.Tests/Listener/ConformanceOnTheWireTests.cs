using System.Net;
using System.Reflection;
using EchoClr.Dicom;
using EchoClr.Dicom.Net.Pdus;
using EchoClr.Dicom.Ports;
using EchoClr.Testing;

namespace EchoClr.Ingest.Tests.Listener;

/// <summary>Offers the listener every SOP class that the standard knows, and some that it does not, in every transfer syntax, and holds the answers to CONFORMANCE.md.</summary>
public sealed class ConformanceOnTheWireTests
{
    private static readonly string[] Statement = File.ReadAllLines(Path.Combine(RealData.RepositoryRoot, "CONFORMANCE.md"));

    [Fact]
    public async Task EveryContext_ListedOrNot_IsAnsweredAsTheStatementSays()
    {
        var storage = Uids("| SOP class UID |");
        var syntaxes = Uids("| transfer syntax UID |");
        string[] uncompressed = [TransferSyntax.ImplicitVRLittleEndian.Uid, TransferSyntax.ExplicitVRLittleEndian.Uid];
        string[] classes = [.. SopClassesOfTheStandard(), "1.2.826.0.1.999", "1.2.840.10008.5.1.4.1.1.3.1.1", ""];
        string[] offered = [.. syntaxes, "1.2.840.10008.1.2.4.94", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.6.1", "1.2.840.10008.1.20", "1.2.840.113619.5.2", "1.2", ""];
        Assert.True(storage.Count > 20 && syntaxes.Count > 30 && classes.Length > 250);

        var wrong = new List<string>();
        await using var ingest = await ListeningIngest.StartAsync(("Ingest:Listener:Senders:1:AeTitle", "SCRIPTED"), ("Ingest:Listener:Senders:1:Address", "127.0.0.1"));
        var contexts = classes.SelectMany(sopClass => offered.Select(syntax => (SopClass: sopClass, Syntax: syntax))).ToList();
        foreach (var batch in contexts.Chunk(128))
        {
            var proposed = batch.Select((context, i) => new ProposedContext((byte)(2 * i + 1), context.SopClass, [context.Syntax])).ToList();
            using var peer = await ScriptedPeer.ConnectAsync(new IPEndPoint(IPAddress.Loopback, ingest.Port));
            await peer.SendAsync(ScriptedPeer.Rq with { Contexts = proposed });
            var answers = Assert.IsType<AssociateAcPdu>(await peer.ReceiveAsync()).Contexts;
            Assert.Equal(batch.Length, answers.Count);
            foreach (var ((sopClass, syntax), answer) in batch.Zip(answers))
            {
                var service = sopClass is SopClasses.Verification or SopClasses.StorageCommitmentPushModel;
                var expected = !service && !storage.Contains(sopClass) ? 3 : (service ? uncompressed.Contains(syntax) : syntaxes.Contains(syntax)) ? 0 : 4;
                if (answer.Result != expected || expected == 0 && answer.TransferSyntax != syntax)
                    wrong.Add($"{sopClass} in {syntax}: {answer.Result} with {answer.TransferSyntax}, not {expected}");
            }
            await peer.SendAsync(new ReleaseRqPdu());
            Assert.IsType<ReleaseRpPdu>(await peer.ReceiveAsync());
        }
        Assert.Empty(wrong);
    }

    private static IEnumerable<string> SopClassesOfTheStandard() =>
        typeof(SopClasses).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!);

    /// <summary>The first column of a table of the statement.</summary>
    private static HashSet<string> Uids(string heading) =>
        [.. Statement.SkipWhile(line => !line.StartsWith(heading, StringComparison.Ordinal)).Skip(2).TakeWhile(line => line.StartsWith('|')).Select(line => line.Split('|')[1].Trim())];
}
