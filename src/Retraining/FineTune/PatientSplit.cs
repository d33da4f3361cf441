namespace EchoClr.Retraining.FineTune;

/// <summary>No patient on two sides of a split: by assertion, not by luck.</summary>
public static class PatientSplit
{
    public static void AssertDisjoint(params IEnumerable<string>[] parts)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int part = 0; part < parts.Length; part++)
        {
            foreach (string patient in parts[part])
            {
                if (seen.TryGetValue(patient, out int other) && other != part)
                    throw new InvalidOperationException("a patient is in two parts of the data; training on it would measure memory, not skill");
                seen[patient] = part;
            }
        }
    }
}
