using EchoClr.Crash.Peers;
using EchoClr.Dicom;

namespace EchoClr.Crash.Harness;

/// <summary>What the cart sends in one life: a study over two associations at once, and now and then what senders do besides.</summary>
internal sealed class Traffic(Sender sender, string folder, int seed, int stills)
{
    private readonly Random _random = new(seed);
    private readonly List<(string Uid, string Study, string File, bool Still)> _made = [];
    private int _studies;

    /// <summary>The study of every cine that was answered Success.</summary>
    public IReadOnlyDictionary<string, string> AcknowledgedCines =>
        _made.Where(item => !item.Still && sender.Acknowledged.ContainsKey(item.Uid)).DistinctBy(item => item.Uid).ToDictionary(item => item.Uid, item => item.Study);

    public Task SendAsync(CancellationToken cancellationToken)
    {
        var study = DicomUid.FromName("crash", $"{seed}", "study", $"{++_studies}");
        List<string> first = [Make(study, still: true)], second = [];
        if (_random.Next(8) != 0) // else: a study without a cine, which is not analysed
        {
            first.Add(Make(study, still: false));
            second.Add(Make(study, still: false));
        }
        for (var i = 0; i < stills; i++)
            (i % 2 == 0 ? first : second).Add(Make(study, still: true));
        var earlier = _made.Where(item => item.Study != study && sender.Acknowledged.ContainsKey(item.Uid)).ToList();
        if (earlier.Count > 0 && _random.Next(4) == 0)
            second.Add(Make(earlier[_random.Next(earlier.Count)].Study, still: _random.Next(2) == 0)); // late: a version that inherits, or one that supersedes
        if (earlier.Count > 0 && _random.Next(4) == 0)
            second.Add(earlier[_random.Next(earlier.Count)].File); // once more, the same
        if (earlier.Count > 0 && _random.Next(6) == 0)
            first.Add(Conflicting(earlier[_random.Next(earlier.Count)])); // the same UID, other bytes
        return Task.WhenAll(sender.SendAsync(first, cancellationToken), sender.SendAsync(second, cancellationToken));
    }

    private string Make(string study, bool still)
    {
        var uid = DicomUid.FromName("crash", $"{seed}", "instance", $"{_made.Count}");
        var file = TinyStudy.Write(folder, study, uid, _made.Count, still);
        _made.Add((uid, study, file, still));
        return file;
    }

    private string Conflicting((string Uid, string Study, string File, bool Still) item) => TinyStudy.Write(folder, item.Study, item.Uid, 1_000_000 + _random.Next(), item.Still);
}
