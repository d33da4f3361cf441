using EchoClr.Shared.Data;

namespace EchoClr.Portal.Access;

/// <summary>Roles of users and scopes of tokens in the words of commands, pages and addresses.</summary>
public static class RoleNames
{
    private static readonly (string Name, PortalRoles Role)[] Names =
        [("reader", PortalRoles.Reader), ("administrator", PortalRoles.Administrator), ("model-administrator", PortalRoles.ModelAdministrator)];

    public static IReadOnlyList<string> All { get; } = [.. Names.Select(one => one.Name)];

    public static IReadOnlyList<string> Of(PortalRoles roles) => [.. Names.Where(one => roles.HasFlag(one.Role)).Select(one => one.Name)];

    /// <exception cref="FormatException">One of them is no role, or there is none.</exception>
    public static PortalRoles Parse(IEnumerable<string> roles)
    {
        var all = roles.Aggregate(PortalRoles.None, (all, role) => all | Names.FirstOrDefault(one => one.Name == role) switch
        {
            { Name: not null } known => known.Role,
            _ => throw new FormatException($"there is no role '{role}'; there are {string.Join(", ", All)}"),
        });
        return all == PortalRoles.None ? throw new FormatException($"a role is missing: {string.Join(", ", All)}") : all;
    }
}
