namespace EchoClr.Retraining.Pretrain;

/// <summary>The positive pairs that an epoch goes through, each once.</summary>
public static class PairList
{
    /// <param name="studies">Of each clip.</param>
    /// <returns>
    /// <see cref="PairRule.StudyVideos"/>: of a study of n videos the n(n − 1)/2 pairs of different ones, or (v, v) of its only one. <see cref="PairRule.SameClip"/>: (v, v) of every video.
    /// </returns>
    public static IReadOnlyList<(int First, int Second)> Of(IReadOnlyList<int> studies, PairRule rule)
    {
        if (rule == PairRule.SameClip)
            return [.. Enumerable.Range(0, studies.Count).Select(clip => (clip, clip))];
        return
        [
            .. Enumerable.Range(0, studies.Count).GroupBy(clip => studies[clip]).SelectMany(study =>
            {
                int[] videos = [.. study];
                return videos.Length == 1
                    ? [(videos[0], videos[0])]
                    : videos.SelectMany((first, i) => videos.Skip(i + 1).Select(second => (first, second)));
            }),
        ];
    }
}
