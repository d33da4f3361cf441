using EchoClr.Shared.Audit;
using Microsoft.Extensions.Hosting;

namespace EchoClr.App.Hosting;

/// <summary>Tells the audit trail that this process began and ended. Registered first, it starts before every other service and stops after them.</summary>
internal sealed class AuditedLife(AuditTrail audit, Roles roles) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => audit.RecordAsync(AuditEvents.Application(started: true, roles.ToString()), cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => audit.RecordAsync(AuditEvents.Application(started: false, roles.ToString()), CancellationToken.None);
}
