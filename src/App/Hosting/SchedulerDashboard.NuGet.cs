using EchoClr.Shared.Data;
using Hangfire;
using Microsoft.AspNetCore.Builder;

namespace EchoClr.App.Hosting;

/// <summary>Hangfire's dashboard, for administrators.</summary>
internal static class SchedulerDashboard
{
    public const string Address = "/hangfire";

    public static void Map(WebApplication app) =>
        app.MapHangfireDashboardWithAuthorizationPolicy(nameof(PortalRoles.Administrator), Address, new DashboardOptions { AppPath = "/", DisplayStorageConnectionString = false, DashboardTitle = "EchoClr schedules" });
}
