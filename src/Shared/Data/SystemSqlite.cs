using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace EchoClr.Shared.Data;

/// <summary>Lets Microsoft.Data.Sqlite speak to the system's SQLite (Debian's 3.40 knows STRICT and RETURNING; the packaged one is 3.35).</summary>
internal static class SystemSqlite
{
    private const string SystemLibrary = "libsqlite3.so.0";
    private static readonly Lazy<bool> Loaded = new(Load);

    /// <summary>Must run before the first SQLite connection; later calls do nothing.</summary>
    public static void Use() => _ = Loaded.Value;

    private static bool Load()
    {
        NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, Resolve);
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        return true;
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? paths) =>
        name == "e_sqlite3" && NativeLibrary.TryLoad(SystemLibrary, assembly, paths, out var handle) ? handle : 0;
}
