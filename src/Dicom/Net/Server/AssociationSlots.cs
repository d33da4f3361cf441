namespace EchoClr.Dicom.Net.Server;

/// <summary>
/// Holds associations to their cap. Every <see cref="TryTake"/> that succeeds is followed by one <see cref="GiveBack"/>. When all are taken, a holder that does
/// nothing gives way: peers that only keep their associations open (by a C-ECHO now and then, say) cannot lock a sender out.
/// </summary>
internal sealed class AssociationSlots(int most, TimeSpan idleBudget)
{
    private readonly HashSet<ServerAssociation> _holders = [];
    private readonly Lock _lock = new();

    public int Taken
    {
        get
        {
            lock (_lock)
                return _holders.Count;
        }
    }

    /// <summary>Takes a slot; a full house is asked for the one that has done nothing for longest, and for longer than its budget.</summary>
    public bool TryTake(ServerAssociation newcomer)
    {
        ServerAssociation? idlest = null;
        lock (_lock)
        {
            if (_holders.Count >= most)
            {
                idlest = _holders.MaxBy(holder => holder.IdleFor);
                if (idlest is null || idlest.IdleFor < idleBudget)
                    return false;
                _holders.Remove(idlest);
            }
            _holders.Add(newcomer);
        }
        idlest?.End("all associations are taken, and this one has carried nothing for longest");
        return true;
    }

    /// <summary>Of no effect for a holder that had to give way.</summary>
    public void GiveBack(ServerAssociation holder)
    {
        lock (_lock)
            _holders.Remove(holder);
    }
}
