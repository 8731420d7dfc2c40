using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Subscriptions.Paywall;

/// <summary>How a call to the service ended.</summary>
internal enum CallOutcome
{
    Answered,

    /// <summary>The service answered that there is no such reader, code or handle.</summary>
    Unknown,

    /// <summary>No answer in time, or one that makes no sense.</summary>
    Unreachable,
}

internal readonly record struct CallResult<T>(
    CallOutcome Outcome, T? Value = default, DateTimeOffset AskedAt = default, DateTimeOffset HeardAt = default, Wire.ProblemBody? Problem = null);

internal sealed record EntitlementsAnswer(ReaderAccess Access, DateTimeOffset Now, DateTimeOffset? ValidUntil);

/// <summary>
/// The website's calls to the service. None throws, and none lasts longer than <see cref="PaywallOptions.RequestTimeout"/>. Those that
/// are made for one request alone last no longer than that request may wait; whoever shares one with others waits by <see cref="RequestWait"/>.
/// </summary>
internal sealed class ServiceClient
{
    private const string Prefix = "urn:subscriptions:";

    // What each call may be refused for. Codes, gifts and the ids of a website's own accounts come from browsers: a service that refuses one is well, and must
    // not be taken for one that is down. Whatever else is answered is no word of the service: any machine in between answers 403 and 404.
    private static readonly string[] AboutReader = [Prefix + "reader-not-found", Prefix + "invalid-request"];
    private static readonly string[] AboutCode = [Prefix + "code-refused", Prefix + "invalid-request"];
    private static readonly string[] AboutHandle = [Prefix + "session-ended", Prefix + "session-ended-by-limit"];
    private static readonly string[] AboutGift = [Prefix + "gift-not-found", Prefix + "gift-spent", Prefix + "invalid-request"];
    private static readonly string[] AboutGiver = [Prefix + "gift-not-entitled", Prefix + "gift-none-left", Prefix + "reader-not-found", Prefix + "invalid-request"];
    private static readonly string[] AboutAddress = [Prefix + "not-found"];
    private readonly HttpClient _http;
    private int _toldOfSite;
    private int _keyIsRefused;
    private readonly PaywallOptions _options;
    private readonly ServiceHealth _health;
    private readonly TimeProvider _time;
    private readonly ILogger<ServiceClient> _logger;

    public ServiceClient(
        HttpClient http, IOptions<PaywallOptions> options, ServiceHealth health, TimeProvider time, ILogger<ServiceClient> logger)
    {
        _options = options.Value;
        _health = health;
        _time = time;
        _logger = logger;
        _http = http;
        _http.BaseAddress = new Uri(_options.InternalAddress ?? _options.ServiceOrigin);
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _options.SiteKey);
        _http.MaxResponseContentBufferSize = 8 * 1024 * 1024;
        _http.Timeout = Timeout.InfiniteTimeSpan;
    }

    /// <summary>Whether the service does not know the website's key, so that no code of a sign-in could be exchanged.</summary>
    public bool KeyIsRefused => Volatile.Read(ref _keyIsRefused) != 0;

    public async Task<CallResult<EntitlementsAnswer>> EntitlementsAsync(string readerId)
    {
        if (IsAnotherAddress(readerId))
            return new(CallOutcome.Unknown);
        var result = await CallAsync("entitlements", HttpMethod.Get, $"api/entitlements/{Uri.EscapeDataString(readerId)}", null,
            AboutReader, WireJson.Default.EntitlementsBody);
        if (result.Value is not { } body)
            return new(result.Outcome);
        try
        {
            return body.ReaderId == readerId
                ? new(CallOutcome.Answered, new(Wire.ToAccess(body), body.Now, body.ValidUntil), result.AskedAt, result.HeardAt)
                : Failed<EntitlementsAnswer>("entitlements", "the answer is about another reader");
        }
        catch (JsonException failure)
        {
            return Failed<EntitlementsAnswer>("entitlements", failure.Message);
        }
    }

    public Task<CallResult<Wire.TokenBody>> ExchangeCodeAsync(string code, string verifier, string callback) =>
        ForRequestAsync("token", HttpMethod.Post, "api/pass/token",
            JsonContent.Create(new Wire.TokenRequest(code, verifier, callback), WireJson.Default.TokenRequest),
            AboutCode, WireJson.Default.TokenBody);

    public Task<CallResult<Wire.TokenBody>> RenewAsync(string handle) =>
        CallAsync("renew", HttpMethod.Post, "api/pass/renew",
            JsonContent.Create(new Wire.HandleRequest(handle), WireJson.Default.HandleRequest),
            AboutHandle, WireJson.Default.TokenBody);

    /// <param name="handle">Null for a stranger.</param>
    public Task<CallResult<Wire.EdgeBody>> EdgePassAsync(string? handle) =>
        CallAsync("edge", HttpMethod.Post, "api/pass/edge",
            JsonContent.Create(new Wire.EdgeRequest(handle), WireJson.Default.EdgeRequest),
            AboutHandle, WireJson.Default.EdgeBody);

    public async Task<CallOutcome> RevokeAsync(string handle) =>
        (await ForRequestAsync<object>("revoke", HttpMethod.Post, "api/pass/revoke",
            JsonContent.Create(new Wire.HandleRequest(handle), WireJson.Default.HandleRequest), [], null)).Outcome;

    public async Task<CallResult<Wire.PolicyBody>> PolicyAsync()
    {
        var result = await CallAsync("site", HttpMethod.Get, "api/site", null, AboutAddress, WireJson.Default.PolicyBody);
        if (result.Value?.SiteId is { } known && known != _options.SiteId && Interlocked.Exchange(ref _toldOfSite, 1) == 0)
            _logger.LogError("The key of this website belongs to the site {Known} at the service, but {Setting}:SiteId is {SiteId}. Nobody can sign in until they fit.",
                known, _options.SettingsPath, _options.SiteId);
        return result;
    }

    public Task<CallResult<Wire.MeterAnswer>> MeterAsync(string readerId, string article, bool count) => IsAnotherAddress(readerId)
        ? Task.FromResult(new CallResult<Wire.MeterAnswer>(CallOutcome.Unknown))
        : ForRequestAsync("meter", HttpMethod.Post, $"api/meter/{Uri.EscapeDataString(readerId)}",
            JsonContent.Create(new Wire.MeterRequest(article, count), WireJson.Default.MeterRequest), AboutReader, WireJson.Default.MeterAnswer);

    public Task<CallResult<Wire.GiftUsed>> UseGiftAsync(string gift, string visit) =>
        ForRequestAsync("gift", HttpMethod.Post, $"api/gifts/{Uri.EscapeDataString(gift)}/uses",
            JsonContent.Create(new Wire.GiftUse(visit), WireJson.Default.GiftUse), AboutGift, WireJson.Default.GiftUsed);

    public Task<CallResult<Wire.GiftMade>> MakeGiftAsync(string readerId, string article) =>
        ForRequestAsync("gift", HttpMethod.Post, "api/gifts",
            JsonContent.Create(new Wire.GiftWish(readerId, article), WireJson.Default.GiftWish), AboutGiver, WireJson.Default.GiftMade);

    public async Task<string?> SigningKeysAsync()
    {
        using var limit = new CancellationTokenSource(_options.RequestTimeout);
        try
        {
            var keys = await _http.GetStringAsync(new Uri(".well-known/jwks.json", UriKind.Relative), limit.Token);
            _health.Answered();
            return keys;
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
        {
            _health.Failed("jwks", failure.Message, IsConnectionFailure(failure));
            return null;
        }
    }

    /// <summary>Opens the change feed; throws as <see cref="HttpClient"/> does.</summary>
    public async Task<HttpResponseMessage> OpenFeedAsync(long? after, CancellationToken stopping)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, after is null ? "api/feed" : $"api/feed?after={after}");
        request.Headers.Accept.ParseAdd("text/event-stream");
        try
        {
            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stopping);
            if (response.IsSuccessStatusCode)
                Accepted();
            else if (await ProblemOfAsync(response, stopping) is { } problem)
                TellOfKey("feed", response.StatusCode, problem.Type);
            return response;
        }
        catch (Exception failure) when (IsConnectionFailure(failure))
        {
            // A website whose visitors are all strangers asks nothing else, and must not lead them to an address that is dead.
            _health.Failed("feed", failure.Message, noConnection: failure is HttpRequestException
            { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError });
            throw;
        }
    }

    private async Task<CallResult<T>> ForRequestAsync<T>(
        string what, HttpMethod method, string path, HttpContent? body, string[] refusals, JsonTypeInfo<T>? answer)
        where T : class
    {
        var call = CallAsync(what, method, path, body, refusals, answer);
        return await RequestWait.IsOverAsync(call) ? await call : new(CallOutcome.Unreachable);
    }

    private async Task<CallResult<T>> CallAsync<T>(
        string what, HttpMethod method, string path, HttpContent? body, string[] refusals, JsonTypeInfo<T>? answer)
        where T : class
    {
        var askedAt = _time.GetUtcNow();
        using var limit = new CancellationTokenSource(_options.RequestTimeout);
        try
        {
            using var request = new HttpRequestMessage(method, path) { Content = body };
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, limit.Token);
            if (response.IsSuccessStatusCode)
            {
                var value = answer is null ? null : await response.Content.ReadFromJsonAsync(answer, limit.Token);
                if (answer is not null && value is null)
                    return Failed<T>(what, "an empty answer");
                Accepted();
                return new(CallOutcome.Answered, value, askedAt, _time.GetUtcNow());
            }

            var problem = await ProblemOfAsync(response, limit.Token);
            if (!refusals.Contains(problem?.Type))
                return Refused<T>(what, response.StatusCode, problem?.Type);
            _health.Answered();
            return new(CallOutcome.Unknown, Problem: problem);
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException or JsonException
                                            or IOException or NotSupportedException or InvalidOperationException)
        {
            return Failed<T>(what, failure.Message, IsConnectionFailure(failure));
        }
    }

    // Nothing and dots alone.
    private static bool IsAnotherAddress(string readerId) => readerId.AsSpan().IndexOfAnyExcept('.') < 0;

    private static bool IsConnectionFailure(Exception failure) => failure is HttpRequestException { StatusCode: null };

    // Null for whatever is not in the service's own words.
    private static async Task<Wire.ProblemBody?> ProblemOfAsync(HttpResponseMessage response, CancellationToken stopping)
    {
        if (response.Content.Headers.ContentType?.MediaType != "application/problem+json")
            return null;
        try
        {
            return await response.Content.ReadFromJsonAsync(WireJson.Default.ProblemBody, stopping);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Accepted()
    {
        Volatile.Write(ref _keyIsRefused, 0);
        _health.Answered();
    }

    // Once, until a call is answered: the feed is asked for again and again.
    private void TellOfKey(string what, HttpStatusCode status, string? type)
    {
        if (type is Prefix + "unauthorized" or Prefix + "forbidden" && Interlocked.Exchange(ref _keyIsRefused, 1) == 0)
            _logger.LogError("The subscription service refuses this website's key ({Call}: {Status}). Check {Setting}:SiteKey.",
                what, (int)status, _options.SettingsPath);
    }

    private CallResult<T> Refused<T>(string what, HttpStatusCode status, string? type)
    {
        TellOfKey(what, status, type);
        return Failed<T>(what, type is null ? $"status {(int)status}, and not in the service's own words" : $"status {(int)status}, {type}");
    }

    private CallResult<T> Failed<T>(string what, string why, bool noConnection = false)
    {
        _health.Failed(what, why, noConnection);
        return new(CallOutcome.Unreachable);
    }
}
