using EchoClr.Shared.Clips;
using EchoClr.Testing;

namespace EchoClr.Shared.Tests.Clips;

public sealed class SiteKeyTests
{
    [Fact]
    public async Task Patient_SamePatientInAnyProcess_IsTheSameKeyedHash()
    {
        await using var test = await TestDatabase.CreateAsync();
        var hashes = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => Key(test).PatientAsync("MRN-7", "HOSPITAL", "1.2.3", default))));

        Assert.Single(hashes.Distinct());
        Assert.Matches("^[0-9a-f]{64}$", hashes[0]);
        Assert.NotEqual(hashes[0], await Key(test).PatientAsync("MRN-7", "OTHER", "1.2.3", default));
        Assert.NotEqual(hashes[0], await Key(test).PatientAsync("MRN-8", "HOSPITAL", "1.2.3", default));
        // Nobody named: each study is its own patient.
        Assert.NotEqual(await Key(test).PatientAsync(null, null, "1.2.3", default), await Key(test).PatientAsync(" ", null, "1.2.4", default));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(test.Blobs.Root, SiteKey.FileName)));

        // Another site's key gives other hashes: identifiers cannot be tried out.
        await using var other = await TestDatabase.CreateAsync();
        Assert.NotEqual(hashes[0], await Key(other).PatientAsync("MRN-7", "HOSPITAL", "1.2.3", default));
    }

    [Fact]
    public async Task Patient_KeyLostOrExchanged_IsRefusedAndNotReplaced()
    {
        await using var test = await TestDatabase.CreateAsync();
        await Key(test).PatientAsync("MRN-7", null, "1.2.3", default);
        var path = Path.Combine(test.Blobs.Root, SiteKey.FileName);
        var key = await File.ReadAllBytesAsync(path);

        File.Delete(path);
        await Assert.ThrowsAsync<InvalidDataException>(() => Key(test).PatientAsync("MRN-7", null, "1.2.3", default));
        Assert.False(File.Exists(path));
        await File.WriteAllBytesAsync(path, [.. key.Select(b => (byte)~b)]);
        await Assert.ThrowsAsync<InvalidDataException>(() => Key(test).PatientAsync("MRN-7", null, "1.2.3", default));
    }

    private static SiteKey Key(TestDatabase test) => new(test.Blobs, test.Database, TimeProvider.System);
}
