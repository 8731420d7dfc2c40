using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Subscriptions.Paywall.Tests.Support;

/// <summary>What stands beyond the website's border: a service that speaks the HTTP contract and does as a test says.</summary>
public sealed class StubService : IAsyncDisposable
{
    public const string SiteKey = "site-key-of-the-courier";
    private readonly WallClock _clock;
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, ECDsa> _keys = new();
    private readonly ConcurrentDictionary<Guid, Channel<string>> _listeners = new();
    private int _codesMade;

    private StubService(WallClock clock)
    {
        _clock = clock;
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Use(BreakAsync);
        _app.MapGet("/api/entitlements/{readerId}", EntitlementsAsync);
        _app.MapGet("/api/feed", FeedAsync);
        _app.MapGet("/.well-known/jwks.json", Jwks);
        _app.MapGet("/sign-in/authorize", Authorize);
        _app.MapPost("/api/pass/token", (Delegate)TokenAsync);
        _app.MapPost("/api/pass/renew", (Delegate)RenewAsync);
        _app.MapPost("/api/pass/edge", (Delegate)EdgeAsync);
        _app.MapPost("/api/pass/revoke", (Delegate)RevokeAsync);
        _app.MapGet("/api/site", () => RefusesKey ? No(401, "unauthorized") : Policy.Length > 0 ? Results.Text(Policy, "application/json") : No(404, "not-found"));
        _app.MapPost("/api/meter/{readerId}", MeterAsync);
        _app.MapPost("/api/gifts", (Delegate)GiveAsync);
        _app.MapPost("/api/gifts/{id}/uses", UseGiftAsync);
        AddKey("key-1");
    }

    public string Address { get; private set; } = "";

    /// <summary>Everything is answered by a broken connection.</summary>
    public bool Down { get; set; }

    /// <summary>What a machine between website and service answers in the service's place, if it does.</summary>
    public (int Status, string ContentType, string Body)? Between { get; set; }

    /// <summary>The last segments of the addresses that something in between answers with 502.</summary>
    public ConcurrentDictionary<string, bool> Cut { get; } = new();

    /// <summary>The website's key is no longer good.</summary>
    public bool RefusesKey { get; set; }

    /// <summary>The body with which entitlements are answered instead of the true one.</summary>
    public string? Garbage { get; set; }

    /// <summary>What the service says of the website as a whole.</summary>
    public string Policy { get; set; } = """{"networks":[],"openRegions":[]}""";

    /// <summary>The articles that were counted for readers.</summary>
    public ConcurrentDictionary<string, List<CountedArticle>> Counted { get; } = new();

    /// <summary>How many browsers may still come by each gift, and which came.</summary>
    public ConcurrentDictionary<string, (int Left, HashSet<string> Visits)> Gifts { get; } = new();

    /// <summary>Entitlements wait for this before they answer.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Whatever is asked waits for this before it is answered.</summary>
    public Task GateOfAll { get; set; } = Task.CompletedTask;

    /// <summary>How far the service's clock is ahead of the website's.</summary>
    public TimeSpan Ahead { get; set; }

    /// <summary>How far the clock by which passes are made is ahead of the website's.</summary>
    public TimeSpan PassesAhead { get; set; }

    public DateTimeOffset Now => _clock.GetUtcNow() + Ahead;

    public ConcurrentDictionary<string, StubReader> Readers { get; } = new();

    /// <summary>The reader signed in at the service itself, if any.</summary>
    public string? SignedIn { get; set; }

    public ConcurrentDictionary<string, (string ReaderId, string Session)> Handles { get; } = new();

    /// <summary>Handles whose sessions had to make room for a later one, with how many may live at once.</summary>
    public ConcurrentDictionary<string, int> EndedByLimit { get; } = new();

    public ConcurrentDictionary<string, (string ReaderId, string Challenge, string Return)> Codes { get; } = new();

    public ConcurrentDictionary<string, int> Calls { get; } = new();

    public ConcurrentQueue<string?> FeedPositions { get; } = new();

    /// <summary>The position of the service's last event, as heartbeats tell it; null as an older service, which did not.</summary>
    public long? LastPosition { get; set; }

    public string CurrentKey { get; set; } = "key-1";

    public static async Task<StubService> StartAsync(WallClock clock)
    {
        var stub = new StubService(clock);
        await stub._app.StartAsync();
        stub.Address = stub._app.Urls.First();
        return stub;
    }

    public void AddKey(string id) => _keys[id] = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void DropKey(string id) => _keys.TryRemove(id, out _);

    public string IssuePass(string readerId, string session = "session-1", TimeSpan? life = null, Action<SecurityTokenDescriptor>? change = null)
    {
        var issuedAt = (_clock.GetUtcNow() + PassesAhead).UtcDateTime;
        var descriptor = new SecurityTokenDescriptor
        {
            Issuer = Address,
            Audience = Site.Id,
            IssuedAt = issuedAt,
            NotBefore = issuedAt,
            Expires = issuedAt + (life ?? TimeSpan.FromHours(1)),
            Claims = new Dictionary<string, object> { ["sub"] = readerId, ["sid"] = session },
            SigningCredentials = new SigningCredentials(
                new ECDsaSecurityKey(_keys[CurrentKey]) { KeyId = CurrentKey }, SecurityAlgorithms.EcdsaSha256)
            {
                CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false },
            },
        };
        change?.Invoke(descriptor);
        if (descriptor.Expires < descriptor.NotBefore)
            descriptor.NotBefore = descriptor.IssuedAt = descriptor.Expires - TimeSpan.FromHours(1);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(descriptor);
    }

    /// <summary>A gift link's token; by what <paramref name="change"/> does it is a bad one.</summary>
    public string IssueGift(string id, string article, TimeSpan? life = null, Action<SecurityTokenDescriptor>? change = null) => IssuePass("", change: descriptor =>
    {
        (descriptor.TokenType, descriptor.Audience, descriptor.Expires, descriptor.NotBefore) = ("gift+jwt", Site.Id + "/gift", null, null);
        descriptor.Claims = new Dictionary<string, object>
        {
            ["jti"] = id,
            ["art"] = article,
            ["end"] = (Now + (life ?? TimeSpan.FromDays(14))).ToUnixTimeSeconds(),
            ["ent"] = (string[])["subscriber"],
        };
        change?.Invoke(descriptor);
    });

    public string IssuePreview(string staff, string id = "preview-1", TimeSpan? life = null, Action<SecurityTokenDescriptor>? change = null) => IssuePass("", life: life ?? TimeSpan.FromMinutes(1), change: descriptor =>
    {
        (descriptor.TokenType, descriptor.Audience) = ("preview+jwt", Site.Id + "/preview");
        descriptor.Claims = new Dictionary<string, object> { ["sub"] = staff, ["jti"] = id };
        change?.Invoke(descriptor);
    });

    public string IssueHandle(string readerId, string session = "session-1")
    {
        var handle = $"handle-{Handles.Count}-{readerId}".PadRight(43, '_');
        Handles[handle] = (readerId, session);
        return handle;
    }

    public void Tell(string kind, long position, string rest = "")
    {
        var data = $"event: {kind}\nid: {position}\ndata: {{\"position\":{position},\"now\":\"{Stamp(Now)}\"{rest}}}\n\n";
        foreach (var listener in _listeners.Values)
            listener.Writer.TryWrite(data);
    }

    /// <summary>Ends every open feed connection.</summary>
    public void CutFeed()
    {
        foreach (var listener in _listeners.Values)
            listener.Writer.TryComplete();
    }

    public int CallsOf(string path) => Calls.GetValueOrDefault(path);

    public static string Stamp(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        CutFeed();
        await _app.DisposeAsync();
        foreach (var key in _keys.Values)
            key.Dispose();
    }

    private async Task BreakAsync(HttpContext context, RequestDelegate next)
    {
        Calls.AddOrUpdate(context.Request.Path.Value!.Split('/')[^1], 1, (_, count) => count + 1);
        await GateOfAll;
        if (Between is var (status, type, body))
            await Results.Text(body, type, statusCode: status).ExecuteAsync(context);
        else if (Cut.ContainsKey(context.Request.Path.Value!.Split('/')[^1]))
            context.Response.StatusCode = StatusCodes.Status502BadGateway;
        else if (Down)
            context.Abort();
        else
            await next(context);
    }

    private async Task<IResult> EntitlementsAsync(string readerId, HttpContext context)
    {
        await Gate;
        if (RefusesKey || context.Request.Headers.Authorization != "Bearer " + SiteKey)
            return No(401, "unauthorized");
        if (Garbage is { } garbage)
            return Results.Text(garbage, "application/json");
        return Readers.TryGetValue(readerId, out var reader)
            ? Results.Text(reader.ToJson(readerId, Stamp(Now)), "application/json")
            : No(404, "reader-not-found");
    }

    // Always with the type that the service gives: a refusal without one is not the service's.
    private static IResult No(int status, string name, IDictionary<string, object?>? more = null) =>
        Results.Problem(statusCode: status, type: "urn:subscriptions:" + name, extensions: more);

    private async Task FeedAsync(HttpContext context, string? after)
    {
        FeedPositions.Enqueue(after);
        if (RefusesKey)
        {
            await No(401, "unauthorized").ExecuteAsync(context);
            return;
        }

        context.Response.ContentType = "text/event-stream";
        var channel = Channel.CreateUnbounded<string>();
        var id = Guid.NewGuid();
        var position = after ?? "100";
        // Whatever is told once the first heartbeat is heard comes after it.
        _listeners[id] = channel;
        await context.Response.WriteAsync(
            $"event: heartbeat\nid: {position}\ndata: {{\"position\":{position},\"now\":\"{Stamp(Now)}\"{(LastPosition is { } last ? $",\"last\":{last}" : "")}}}\n\n");
        await context.Response.Body.FlushAsync();
        try
        {
            await foreach (var data in channel.Reader.ReadAllAsync(context.RequestAborted))
            {
                await context.Response.WriteAsync(data);
                await context.Response.Body.FlushAsync();
            }
        }
        catch (OperationCanceledException)
        {
        }

        _listeners.TryRemove(id, out _);
    }

    private IResult Jwks() => Results.Json(new
    {
        keys = _keys.Select(pair =>
        {
            var q = pair.Value.ExportParameters(false).Q;
            return new { kty = "EC", crv = "P-256", use = "sig", alg = "ES256", kid = pair.Key, x = Base64UrlEncoder.Encode(q.X), y = Base64UrlEncoder.Encode(q.Y) };
        }),
    });

    private IResult Authorize(HttpContext context, string state, string challenge, string prompt)
    {
        var callback = context.Request.Query["return"].ToString();
        if (SignedIn is null && prompt == "none")
            return Results.Redirect(QueryHelpers.AddQueryString(callback, new Dictionary<string, string?> { ["error"] = "login_required", ["state"] = state }));
        var code = $"code-{_codesMade++}";
        Codes[code] = (SignedIn ?? "reader-1", challenge, callback);
        return Results.Redirect(QueryHelpers.AddQueryString(callback, new Dictionary<string, string?> { ["code"] = code, ["state"] = state }));
    }

    private async Task<IResult> TokenAsync(HttpContext context)
    {
        var body = (await context.Request.ReadFromJsonAsync<TokenRequest>())!;
        if (!Codes.TryRemove(body.Code, out var code) || code.Return != body.Return
            || code.Challenge != Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(body.Verifier))))
            return No(400, "code-refused");
        return Pair(code.ReaderId, "session-of-" + body.Code, IssueHandle(code.ReaderId, "session-of-" + body.Code));
    }

    private async Task<IResult> RenewAsync(HttpContext context)
    {
        var body = (await context.Request.ReadFromJsonAsync<HandleRequest>())!;
        if (RefusesKey)
            return No(401, "unauthorized");
        if (EndedByLimit.TryGetValue(body.Handle, out var most))
            return No(401, "session-ended-by-limit", new Dictionary<string, object?> { ["sessions"] = most });
        return Handles.TryGetValue(body.Handle, out var held) ? Pair(held.ReaderId, held.Session, body.Handle) : No(401, "session-ended");
    }

    private async Task<IResult> EdgeAsync(HttpContext context)
    {
        await Gate;
        var handle = (await context.Request.ReadFromJsonAsync<EdgeRequest>())!.Handle;
        if (handle is null)
            return Results.Json(IssueEdgePass(null, null));
        return Handles.TryGetValue(handle, out var held)
            ? Results.Json(IssueEdgePass(held.ReaderId, held.Session))
            : No(401, "session-ended");
    }

    private object IssueEdgePass(string? readerId, string? session)
    {
        var reader = readerId is null ? new StubReader(0) : Readers[readerId];
        var left = reader.ValidUntil is { } end ? DateTimeOffset.Parse(end, System.Globalization.CultureInfo.InvariantCulture) - Now : TimeSpan.MaxValue;
        var life = left < TimeSpan.FromMinutes(5) ? left : TimeSpan.FromMinutes(5);
        var claims = new Dictionary<string, object> { ["ent"] = reader.Entitlements() };
        if (readerId is not null)
            (claims["sub"], claims["sid"]) = (readerId, session!);
        var pass = IssuePass("", life: life, change: token => (token.Audience, token.TokenType, token.Claims) = (Site.Id + "/edge", "edge+jwt", claims));
        return new { pass, expiresAt = Stamp(_clock.GetUtcNow() + life) };
    }

    private async Task<IResult> RevokeAsync(HttpContext context)
    {
        var body = (await context.Request.ReadFromJsonAsync<HandleRequest>())!;
        Handles.TryRemove(body.Handle, out _);
        return Results.NoContent();
    }

    private async Task<IResult> MeterAsync(HttpContext context, string readerId)
    {
        var body = (await context.Request.ReadFromJsonAsync<MeterRequest>())!;
        var counted = Counted.GetOrAdd(readerId, _ => []);
        lock (counted)
        {
            if (body.Count && counted.All(one => one.Article != body.Article) && counted.Count < 3)
                counted.Add(new CountedArticle(body.Article, Now));
            return Results.Json(new { articles = counted.ToArray() });
        }
    }

    private async Task<IResult> GiveAsync(HttpContext context)
    {
        var body = (await context.Request.ReadFromJsonAsync<GiftRequest>())!;
        Gifts["gift-new"] = (2, []);
        return Readers[body.ReaderId].Grants.Length > 0
            ? Results.Json(new { token = IssueGift("gift-new", body.Article), until = Stamp(Now + TimeSpan.FromDays(14)), uses = 2, leftThisMonth = 9 })
            : No(409, "gift-not-entitled");
    }

    private async Task<IResult> UseGiftAsync(HttpContext context, string id)
    {
        var body = (await context.Request.ReadFromJsonAsync<GiftUse>())!;
        if (!Gifts.TryGetValue(id, out var gift))
            return No(404, "gift-not-found");
        if (!gift.Visits.Contains(body.Visit) && gift.Left == 0)
            return No(409, "gift-spent");
        if (gift.Visits.Add(body.Visit))
            Gifts[id] = (gift.Left - 1, gift.Visits);
        return Results.Json(new { until = Stamp(Now + TimeSpan.FromDays(14)) });
    }

    private IResult Pair(string readerId, string session, string handle) =>
        Results.Json(new { pass = IssuePass(readerId, session), handle, expiresAt = Stamp(Now + TimeSpan.FromHours(1)) });

    private sealed record TokenRequest(string Code, string Verifier, string Return);

    private sealed record HandleRequest(string Handle);

    private sealed record MeterRequest(string Article, bool Count);

    private sealed record GiftRequest(string ReaderId, string Article);

    private sealed record GiftUse(string Visit);
    private sealed record EdgeRequest(string? Handle);
}

/// <summary>A reader as the stub knows her.</summary>
public sealed record StubReader(long Version, string Grants = "", string? Notice = null, string? ValidUntil = null, string Reason = "…")
{
    public static StubReader Subscriber(long version = 1, string? until = null, string? validUntil = null, string extra = "", string? notice = null) =>
        new(version, $$"""{"kind":"Subscription","record":"sub-1","entitlements":["subscriber"{{extra}}],"from":null,"until":{{Quote(until)}},"reason":"Paid"}""",
            notice, validUntil);

    public static StubReader Registered(long version = 1) => new(version);

    public string ToJson(string readerId, string now) => $$"""
        {"readerId":"{{readerId}}","version":{{Version}},"now":"{{now}}","entitled":true,"reason":"{{Reason}}","grantedBy":null,
         "validUntil":{{Quote(ValidUntil)}},"grants":[{{Grants}}],"notice":{{Notice ?? "null"}}, "aFieldOfTheFuture":1}
        """;

    public string[] Entitlements() =>
        [.. JsonDocument.Parse($"[{Grants}]").RootElement.EnumerateArray().SelectMany(grant => grant.GetProperty("entitlements").EnumerateArray())
            .Select(name => name.GetString()!).Distinct().Order(StringComparer.Ordinal)];

    private static string Quote(string? text) => text is null ? "null" : $"\"{text}\"";
}
