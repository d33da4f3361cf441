using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace EchoClr.Portal;

/// <summary>Sets the portal up in a web application: address, allowed host names, readers.</summary>
public static class PortalServices
{
    private static readonly string[] LoopbackNames = ["localhost", "127.0.0.1", "[::1]"];

    public static void AddEchoClrPortal(this WebApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection(PortalOptions.SectionName).Get<PortalOptions>() ?? new PortalOptions();
        if (!Uri.TryCreate(options.Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            throw new InvalidOperationException($"Portal:Url '{options.Url}' is no web address; write http://127.0.0.1:8060");
        builder.WebHost.UseUrls(options.Url);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Services.AddEchoClrData(builder.Configuration);
        builder.Services.AddSingleton<StudyDetailReader>();
        builder.Services.AddSingleton<Looks>();
        builder.Services.AddSingleton(new AdministrationAccess(options));
        builder.Services.AddHostFiltering(filtering =>
        {
            filtering.AllowedHosts = [.. LoopbackNames, url.Host, .. options.AllowedHosts];
            filtering.AllowEmptyHosts = false;
        });
    }
}
