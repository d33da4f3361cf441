using EchoClr.Dicom.Ports;

namespace EchoClr.Dicom.Net.Client;

/// <summary>What one association of a store run proposes, and which files it carries.</summary>
internal sealed class StorePlan(int maxContexts)
{
    private readonly Dictionary<(string SopClass, string TransferSyntax), byte> _ids = [];
    private readonly List<ProposedContext> _contexts = [];
    private readonly List<(int Index, OutgoingFile File, byte ContextId)> _files = [];

    public IReadOnlyList<ProposedContext> Contexts => _contexts;

    public IReadOnlyList<(int Index, OutgoingFile File, byte ContextId)> Files => _files;

    /// <summary>The context for the same class in Implicit VR Little Endian, beside one that may go out in it; null where there is none.</summary>
    public byte? ImplicitContextOf(OutgoingFile file) => file.CanBeImplicit && _ids.TryGetValue((file.SopClassUid, TransferSyntax.ImplicitVRLittleEndian.Uid), out var id) ? id : null;

    /// <summary>Adds a file; false when it needs contexts and there is room for no more.</summary>
    public bool TryAdd(int index, OutgoingFile file)
    {
        string[] syntaxes = file.CanBeImplicit ? [file.TransferSyntaxUid, TransferSyntax.ImplicitVRLittleEndian.Uid] : [file.TransferSyntaxUid];
        var missing = syntaxes.Where(syntax => !_ids.ContainsKey((file.SopClassUid, syntax))).ToList();
        if (_contexts.Count + missing.Count > maxContexts)
            return false;
        // A context each, not one for both: of one the peer would choose, and we would rather send the bytes as they are.
        foreach (var syntax in missing)
        {
            var id = (byte)(2 * _contexts.Count + 1);
            _ids[(file.SopClassUid, syntax)] = id;
            _contexts.Add(new ProposedContext(id, file.SopClassUid, [syntax]));
        }
        _files.Add((index, file, _ids[(file.SopClassUid, file.TransferSyntaxUid)]));
        return true;
    }
}
