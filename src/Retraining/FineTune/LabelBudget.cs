namespace EchoClr.Retraining.FineTune;

/// <summary>
/// Subsets of labelled patients for measuring how few labels suffice: stratified, so that each holds its share of every combination of findings, and nested, so that a
/// larger budget holds all of the smaller. (EchoCLR's are neither.)
/// </summary>
public static class LabelBudget
{
    /// <param name="patients">Each patient's findings; the order does not matter.</param>
    /// <param name="fractions">Shares of the patients, 0 to 1, in any order.</param>
    /// <param name="seed">Another seed is another draw.</param>
    /// <returns>For each fraction the patients; every combination of findings that occurs is in it at least once.</returns>
    public static IReadOnlyDictionary<double, IReadOnlySet<string>> Draw(IReadOnlyDictionary<string, float[]> patients, IEnumerable<double> fractions, int seed)
    {
        var random = new Random(seed);
        // Each stratum in a drawn order: a budget takes the first of each, so budgets are nested by themselves.
        string[][] strata =
        [
            .. patients.GroupBy(patient => string.Concat(patient.Value.Select(target => target > 0.5f ? '1' : '0'))).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group =>
            {
                string[] order = [.. group.Select(patient => patient.Key).Order(StringComparer.Ordinal)];
                random.Shuffle(order);
                return order;
            }),
        ];
        return fractions.Distinct().ToDictionary(fraction => fraction, fraction =>
        {
            if (fraction is <= 0 or > 1)
                throw new ArgumentOutOfRangeException(nameof(fractions), $"a budget of {fraction} is no share of the patients");
            return (IReadOnlySet<string>)strata.SelectMany(stratum => stratum.Take(Math.Max(1, (int)Math.Round(fraction * stratum.Length)))).ToHashSet(StringComparer.Ordinal);
        });
    }
}
