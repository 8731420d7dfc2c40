using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace Subscriptions.Paywall;

/// <summary>What a sign-in carries to the service and back, sealed by this website.</summary>
/// <param name="To">The way on; the front page if it is too long to be carried.</param>
internal sealed record SignInState(string Nonce, bool Silent, DateTimeOffset BegunAt, string To)
{
    // The service takes at most 500 characters of state.
    private const int LongestCarried = 180;

    public string Write() => string.Create(CultureInfo.InvariantCulture,
        $"{Nonce} {(Silent ? 's' : 'a')} {BegunAt.ToUnixTimeSeconds()} {(To.Length <= LongestCarried ? To : "/")}");

    /// <exception cref="FormatException">It was not written by <see cref="Write"/>.</exception>
    public static SignInState Read(string text) => text.Split(' ') is [var nonce, var kind, var begun, var to]
        ? new(nonce, kind == "s", DateTimeOffset.FromUnixTimeSeconds(long.Parse(begun, CultureInfo.InvariantCulture)), to)
        : throw new FormatException("This is no state of a sign-in.");
}

/// <summary>What the browser that began a sign-in keeps of it.</summary>
internal sealed record SignInProof(string Verifier, string To);

/// <summary>
/// Begins sign-ins: a sealed state, a cookie that ties it to this browser, and a challenge whose answer never leaves cookie and
/// website.
/// </summary>
internal sealed class SignInFlow(
    IOptions<PaywallOptions> options, IDataProtectionProvider protection, ReaderCookies cookies, PaywallLinks links, SilentQuestion question, TimeProvider time)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);
    private const int NonceBytes = 16;
    private const int VerifierBytes = 32;
    private const int NameLength = 8;
    private const int LongestState = 4_096;
    private readonly IDataProtector _protector = protection.CreateProtector("Subscriptions.Paywall.SignIn.v1", options.Value.SiteId);

    /// <summary>Leads to the service, where the reader signs in.</summary>
    public Task Begin(HttpContext context, string to) =>
        MovedToRegisteredHost(context.Request, "/gate/sign-in" + QueryString.Create("to", to)) is { } moved
            ? Redirect(context, moved)
            : ToService(context, to, silent: false);

    /// <summary>Asks the service, unseen, who is signed in there.</summary>
    public Task BeginSilently(HttpContext context)
    {
        question.Asked(context);
        var to = PaywallLinks.LocalPathOf(context.Request);
        return MovedToRegisteredHost(context.Request, to) is { } moved ? Redirect(context, moved) : ToService(context, to, silent: true);
    }

    /// <summary>Opens a sealed state; null if it is not ours or too old.</summary>
    public SignInState? Open(string? sealedState)
    {
        if (sealedState is null or { Length: > LongestState })
            return null;
        try
        {
            var state = SignInState.Read(Encoding.UTF8.GetString(_protector.Unprotect(Base64Url.Decode(sealedState))));
            return time.GetUtcNow() - state.BegunAt <= Life ? state : null;
        }
        catch (Exception tampered) when (tampered is CryptographicException or FormatException)
        {
            return null;
        }
    }

    /// <summary>The proof of a sign-in that this very browser began, which is used up by it; null for any other.</summary>
    public SignInProof? TakeProof(HttpContext context, SignInState state)
    {
        var name = state.Nonce[..NameLength];
        if (CookieHeader.Read(context.Request, cookies.SignIn(name)) is not { } cookie)
            return null;
        cookies.DeleteSignIn(context, name);
        var parts = cookie.Split('.');
        return parts.Length == 3
               && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(parts[0]), Encoding.UTF8.GetBytes(state.Nonce))
            ? new SignInProof(parts[1], WayOn(parts[2], state))
            : null;
    }

    private static string WayOn(string encoded, SignInState state)
    {
        try
        {
            return LocalPath.OrHome(Encoding.ASCII.GetString(Base64Url.Decode(encoded)));
        }
        catch (FormatException)
        {
            return state.To;
        }
    }

    private Task ToService(HttpContext context, string to, bool silent)
    {
        var nonce = Secret(NonceBytes);
        var verifier = Secret(VerifierBytes);
        var wayOn = LocalPath.OrHome(to);
        var state = new SignInState(nonce, silent, time.GetUtcNow(), wayOn);
        cookies.SetSignIn(context, nonce[..NameLength], $"{nonce}.{verifier}.{Base64Url.Encode(Encoding.ASCII.GetBytes(wayOn))}");
        var query = QueryString.Create(new Dictionary<string, string?>
        {
            ["site"] = options.Value.SiteId,
            ["return"] = links.Callback(context.Request),
            ["state"] = Base64Url.Encode(_protector.Protect(Encoding.UTF8.GetBytes(state.Write()))),
            ["challenge"] = Base64Url.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
            ["prompt"] = silent ? "none" : "login",
        });
        return Redirect(context, links.Authorize(query.ToUriComponent()));
    }

    // 127.0.0.1 and localhost are one machine but two cookie jars, and only one of them is registered at the service.
    private string? MovedToRegisteredHost(HttpRequest request, string local) =>
        options.Value.SiteAddress is { } address && new Uri(address) is { Host: "localhost" } registered
        && IPAddress.TryParse(request.Host.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip)
            ? registered.GetLeftPart(UriPartial.Authority) + (local.StartsWith("/gate/", StringComparison.Ordinal) ? request.PathBase.ToUriComponent() : "") + local
            : null;

    private static Task Redirect(HttpContext context, string to)
    {
        PrivateResponse.Mark(context);
        context.Response.Redirect(to);
        return Task.CompletedTask;
    }

    private static string Secret(int bytes) => Base64Url.Encode(RandomNumberGenerator.GetBytes(bytes));
}
