using EchoClr.Portal.Access;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace EchoClr.Portal.Api;

/// <summary>The OpenAPI document of everything under <c>/api</c>, made from the endpoints themselves.</summary>
internal static class ApiDocument
{
    public const string Address = "/api/openapi.json";

    private const string Token = "token";

    public static void AddApiDocument(this IServiceCollection services) => services.AddOpenApi(options =>
    {
        options.ShouldInclude = description => description.RelativePath?.StartsWith("api/", StringComparison.Ordinal) == true;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo { Title = "EchoClr", Version = "1", Description = "What the portal's pages do, for programs. Research use only, not for diagnosis." };
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme> { [Token] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "./echoclr tokens add NAME --user NAME --scope …" } };
            document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Token, document)] = [] }];
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            if (context.Description.ActionDescriptor.EndpointMetadata.OfType<IAuthorizeData>().Select(asked => asked.Policy).OfType<string>().FirstOrDefault() is { } policy && Enum.TryParse<Shared.Data.PortalRoles>(policy, out var role))
                operation.Description = $"Needs the scope {string.Concat(RoleNames.Of(role))}.";
            return Task.CompletedTask;
        });
    });

    /// <summary>The document tells of no patient: any token will do.</summary>
    public static void MapApiDocument(this IEndpointRouteBuilder app) => app.MapOpenApi(Address).RequireAuthorization(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
}
