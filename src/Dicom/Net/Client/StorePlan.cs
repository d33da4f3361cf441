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

    /// <summary>Adds a file; false when it needs a context and there is room for no more.</summary>
    public bool TryAdd(int index, OutgoingFile file)
    {
        var key = (file.SopClassUid, file.TransferSyntaxUid);
        if (!_ids.TryGetValue(key, out var id))
        {
            if (_contexts.Count == maxContexts)
                return false;
            id = (byte)(2 * _contexts.Count + 1);
            _ids[key] = id;
            _contexts.Add(new ProposedContext(id, file.SopClassUid, [file.TransferSyntaxUid]));
        }
        _files.Add((index, file, id));
        return true;
    }
}
