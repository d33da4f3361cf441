using System.Text.Encodings.Web;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using System.Threading.RateLimiting;
using EchoClr.Portal.Access;
using EchoClr.Portal.Administration;
using EchoClr.Portal.Api;
using EchoClr.Portal.Cines;
using EchoClr.Portal.DicomWeb;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.ApplicationParts;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.WebEncoders;

namespace EchoClr.Portal;

/// <summary>Sets the portal up in a web application: address, allowed host names, access, pages.</summary>
public static class PortalServices
{
    /// <summary>The policy of pages that check a password or a link.</summary>
    internal const string SignInLimit = "sign-in";

    /// <summary>Attempts to sign in from one address in a minute: a department behind one address in the morning, and no guessing machine. Each costs a tenth of a second of processor time.</summary>
    private const int SignInsAMinute = 30;

    private static readonly string[] LoopbackNames = ["localhost", "127.0.0.1", "[::1]"];

    public static void AddEchoClrPortal(this WebApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection(PortalOptions.SectionName).Get<PortalOptions>() ?? new PortalOptions();
        if (!Uri.TryCreate(options.Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            throw new InvalidOperationException($"Portal:Url '{options.Url}' is no web address; write http://127.0.0.1:8060");
        if (options.SessionTimeout < SignInStore.TouchInterval * 2)
            throw new InvalidOperationException($"Portal:SessionTimeout {options.SessionTimeout} is too short; write at least {SignInStore.TouchInterval * 2}");
        builder.WebHost.UseUrls(options.Url);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Logging.AddFilter(typeof(PortalAuthentication).FullName, LogLevel.Warning); // a line for each visitor without a session is noise
        var services = builder.Services;
        services.AddEchoClrData(builder.Configuration);
        services.AddSingleton(options);
        services.AddSingleton<StudyDetailReader>();
        services.AddSingleton<Looks>();
        services.AddSingleton<Reading>();
        services.AddSingleton<StudyCines>();
        services.AddSingleton<CineFinder>();
        services.AddSingleton<CineCache>();
        services.AddSingleton<WorklistFeed>();
        services.AddHostedService(provider => provider.GetRequiredService<WorklistFeed>());
        services.AddSingleton<SignInLinks>();
        services.AddSingleton<Accounts>();
        services.AddSingleton<SealedSearch>();
        services.AddSingleton(provider => new Destinations(provider.GetRequiredService<ISite>().Destinations, provider.GetRequiredService<DestinationHoldStore>()));
        services.AddHostFiltering(filtering =>
        {
            filtering.AllowedHosts = [.. LoopbackNames, url.Host, .. options.AllowedHosts];
            filtering.AllowEmptyHosts = false;
        });
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.Converters.Add(new JsonStringEnumConverter()));
        services.AddCors(cors => cors.AddDefaultPolicy(policy => policy.WithOrigins([.. options.AllowedOrigins]).WithMethods("GET", "POST", "PUT", "DELETE").WithHeaders("Authorization", "Content-Type", "Accept")));
        services.AddApiDocument();
        services.AddDicomWeb();
        AddAccess(services);
        AddPages(services);
    }

    private static void AddAccess(IServiceCollection services)
    {
        services.AddAuthentication(PortalAuthentication.SchemeName).AddScheme<AuthenticationSchemeOptions, PortalAuthentication>(PortalAuthentication.SchemeName, null);
        var authorization = services.AddAuthorizationBuilder();
        // What names no policy is for readers: a page that forgets to ask does not stand open.
        authorization.SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().RequireRole(PortalUser.Reader).Build());
        foreach (var role in (string[])[PortalUser.Reader, PortalUser.Administrator, PortalUser.ModelAdministrator])
            authorization.AddPolicy(role, policy => policy.RequireAuthenticatedUser().RequireRole(role));
        authorization.AddPolicy(PortalUser.AnyAdministrator, policy => policy.RequireAuthenticatedUser().RequireRole(PortalUser.Administrator, PortalUser.ModelAdministrator));
        services.AddDataProtection().SetApplicationName("EchoClr");
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(provider => new ConfigureOptions<KeyManagementOptions>(keys =>
        {
            keys.XmlRepository = new FormKeys(provider.GetRequiredService<FormKeyStore>());
            keys.XmlEncryptor = new NullXmlEncryptor(); // they sign forms and seal searches, no more; who reads the database has better
        }));
        services.AddAntiforgery(antiforgery => antiforgery.Cookie.Name = "echoclr-form");
        services.AddRateLimiter(limiter =>
        {
            limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limiter.AddPolicy(SignInLimit, context => HttpMethods.IsPost(context.Request.Method)
                ? RateLimitPartition.GetFixedWindowLimiter(context.Connection.RemoteIpAddress?.ToString() ?? "", _ => new FixedWindowRateLimiterOptions { PermitLimit = SignInsAMinute, Window = TimeSpan.FromMinutes(1) })
                : RateLimitPartition.GetNoLimiter(""));
        });
    }

    private static void AddPages(IServiceCollection services)
    {
        // Given here, since otherwise the assembly of the application's name is searched for pages, and there is none.
        services.AddSingleton(new ApplicationPartManager());
        services.AddRazorPages().AddApplicationPart(typeof(PortalServices).Assembly);
        // Names in any script as they are: pages are UTF-8, and what markup is made of is still encoded.
        services.Configure<WebEncoderOptions>(encoder => encoder.TextEncoderSettings = new TextEncoderSettings(UnicodeRanges.All));
    }
}
