using System.Data.Common;
using EchoClr.Inference.Models;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EchoClr.App.Operations;

/// <summary>The database answers.</summary>
internal sealed class DatabaseCheck(HealthStore health) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await health.ListAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (DbException)
        {
            return HealthCheckResult.Unhealthy();
        }
    }
}

/// <summary>The models that should serve can be loaded; the first check loads them.</summary>
internal sealed class ModelsCheck(ModelSlot slot) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            using var lease = await slot.TakeAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or DbException or DllNotFoundException)
        {
            return HealthCheckResult.Unhealthy();
        }
    }
}
