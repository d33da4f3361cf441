using System.Reflection;
using EchoClr.Shared.Data;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace EchoClr.Testing;

/// <summary>Runs a theory once a database; the test skips itself (<see cref="TestDatabase.CreateAsync"/>) where one is not at hand.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EachDatabaseAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        ValueTask.FromResult<IReadOnlyCollection<ITheoryDataRow>>([new TheoryDataRow<DatabaseProvider>(DatabaseProvider.Sqlite), new TheoryDataRow<DatabaseProvider>(DatabaseProvider.SqlServer)]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
