using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Subscriptions.Paywall;

/// <summary>
/// <c>GET /gate/edge?to=/path</c>: fetches the pass by which a CDN decides alone, keeps it as a cookie, and leads back. Whatever goes
/// wrong, the browser is led on with the marker, with which the CDN lets it through to this website.
/// </summary>
internal sealed class EdgePasses(
    IOptions<PaywallOptions> options, ReaderIdentifier identifier, RevokedSessions revoked, ServiceClient service, ServiceHealth health,
    ReaderCookies cookies, TimeProvider time)
{
    private const string Again = "again";
    private const string Stranger = "";

    // One that ends sooner would be asked for again before it was used.
    private static readonly TimeSpan ShortestLife = TimeSpan.FromSeconds(2);

    // All strangers have the same pass: asked for again before it gets old, it costs the service nothing to speak of.
    private static readonly TimeSpan StrangersPassKept = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<string, Lazy<Task<CallResult<Wire.EdgeBody>>>> _flights = new(StringComparer.Ordinal);
    private volatile StrangersPass? _strangers;

    /// <summary>Whether the address is served.</summary>
    public bool AreOn { get; } = options.Value.EdgePass;

    public async Task RunAsync(HttpContext context)
    {
        PrivateResponse.Mark(context);
        var to = LocalPath.OrHome(context.Request.Query["to"]);
        var isBack = context.Request.Query.ContainsKey(Again);
        if (isBack)
        {
            // A browser that kept nothing would be sent here by the CDN again and again.
            context.Response.Redirect(CookieHeader.Has(context.Request, cookies.Edge) ? to : PaywallLinks.WithMarker(to));
            return;
        }

        if (await IssueAsync(context) is not { } issued || issued.ExpiresAt - time.GetUtcNow() is var life && life < ShortestLife)
        {
            context.Response.Redirect(PaywallLinks.WithMarker(to));
            return;
        }

        cookies.SetEdge(context, issued.Pass, life);
        context.Response.Redirect(KeepsCookies(context.Request)
            ? to
            : context.Request.PathBase.ToUriComponent() + "/gate/edge" + QueryString.Create("to", to).Add(Again, "1"));
    }

    private async ValueTask<Wire.EdgeBody?> IssueAsync(HttpContext context)
    {
        var identity = await identifier.IdentifyAsync(context);
        if (identity.Kind == IdentityKind.Anonymous)
            return await ForStrangersAsync();
        if (identity.Kind != IdentityKind.Proven || identifier.HandleOf(context) is not { } handle)
            return null;
        var result = await AskAsync(handle);
        if (result.Outcome != CallOutcome.Unknown)
            return result.Value;

        // The session has ended at the service, and the feed has not told it yet.
        if (identity.SessionId is { } session)
            revoked.Add(session);
        cookies.Clear(context);
        return await ForStrangersAsync();
    }

    private async ValueTask<Wire.EdgeBody?> ForStrangersAsync()
    {
        if (_strangers is { } kept && time.GetUtcNow() - kept.At is var age && age >= TimeSpan.Zero && age < StrangersPassKept)
            return kept.Body;
        var result = await AskAsync(Stranger);
        if (result.Value is { } body)
            _strangers = new StrangersPass(body, time.GetUtcNow());
        return result.Value;
    }

    // All tabs of a browser that are opened together wait for one answer.
    private async ValueTask<CallResult<Wire.EdgeBody>> AskAsync(string handle)
    {
        if (!_flights.TryGetValue(handle, out var flight))
        {
            if (!health.MayAsk())
                return new(CallOutcome.Unreachable);
            flight = _flights.GetOrAdd(handle, one => new(() => service.EdgePassAsync(one.Length == 0 ? null : one)));
        }

        try
        {
            return await RequestWait.IsOverAsync(flight.Value) ? await flight.Value : new(CallOutcome.Unreachable);
        }
        finally
        {
            _flights.TryRemove(new(handle, flight));
        }
    }

    private bool KeepsCookies(HttpRequest request)
    {
        foreach (var name in (ReadOnlySpan<string>)[cookies.Pass, cookies.Handle, cookies.Edge, cookies.Tried])
            if (CookieHeader.Has(request, name))
                return true;
        return false;
    }

    private sealed record StrangersPass(Wire.EdgeBody Body, DateTimeOffset At);
}
