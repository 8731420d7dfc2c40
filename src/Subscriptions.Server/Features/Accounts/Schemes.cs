using System.Security.Claims;
using Subscriptions.Domain;

namespace Subscriptions.Server.Features.Accounts;

/// <summary>The two ways to be signed in. A browser may be both at once; neither opens the other's pages.</summary>
public static class Schemes
{
    /// <summary>A reader's cookie; the default scheme.</summary>
    public const string Reader = "Reader";

    /// <summary>A member of staff's cookie.</summary>
    public const string Staff = "Staff";
}

/// <summary>Authorization policies by name.</summary>
public static class Policies
{
    /// <summary>A signed-in reader.</summary>
    public const string Reader = "Reader";

    /// <summary>Staff who may look readers up and act for them: <c>Support</c> and <c>Admin</c>.</summary>
    public const string Support = "Support";

    /// <summary>Staff who may change how the product works: <c>Admin</c>.</summary>
    public const string Admin = "Admin";
}

/// <summary>The roles of staff.</summary>
public static class StaffRoles
{
    /// <summary>Looks readers up and acts for them.</summary>
    public const string Support = "Support";

    /// <summary>All that support may, and more.</summary>
    public const string Admin = "Admin";
}

/// <summary>What the cookies carry: ids and a role, nothing that a page could show wrongly later.</summary>
public static class AccountClaims
{
    /// <summary>The reader's id.</summary>
    public const string Reader = "sub";

    /// <summary>The session's id.</summary>
    public const string Session = "sid";

    /// <summary>The account's id.</summary>
    public const string Account = "account";

    /// <summary>The role of a member of staff.</summary>
    public const string Role = "role";

    /// <summary>Changes with the password, so that a staff cookie from before it ends.</summary>
    public const string Stamp = "stamp";

    /// <summary>The signed-in reader, or null.</summary>
    public static ReaderId? ReaderId(this ClaimsPrincipal user) =>
        user.FindFirstValue(Reader) is { } id && user.Identity?.AuthenticationType == Schemes.Reader ? new ReaderId(id) : null;

    /// <summary>The session of the signed-in reader, or null.</summary>
    public static string? SessionId(this ClaimsPrincipal user) => user.FindFirstValue(Session);

    /// <summary>The account of whoever is signed in, or null.</summary>
    public static string? AccountId(this ClaimsPrincipal user) => user.FindFirstValue(Account);
}
