namespace EchoClr.Dicom.Net.Server;

/// <summary>Counts associations against their cap. Every <see cref="TryTake"/> that succeeds is followed by one <see cref="GiveBack"/>.</summary>
internal sealed class AssociationSlots(int most)
{
    private int _taken;

    public int Taken => Volatile.Read(ref _taken);

    public bool TryTake()
    {
        if (Interlocked.Increment(ref _taken) <= most)
            return true;
        Interlocked.Decrement(ref _taken);
        return false;
    }

    public void GiveBack() => Interlocked.Decrement(ref _taken);
}
