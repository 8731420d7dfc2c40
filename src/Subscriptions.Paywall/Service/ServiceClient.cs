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

/// <summary>The website's calls to the service. None throws, and none lasts longer than <see cref="PaywallOptions.RequestTimeout"/>.</summary>
internal sealed class ServiceClient
{
    private readonly HttpClient _http;
    private int _toldOfSite;
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

    public async Task<CallResult<EntitlementsAnswer>> EntitlementsAsync(string readerId)
    {
        // "." and ".." would be another address.
        if (readerId.Length == 0 || readerId.AsSpan().IndexOfAnyExcept('.') < 0)
            return new(CallOutcome.Unknown);
        var result = await CallAsync("entitlements", HttpMethod.Get, $"api/entitlements/{Uri.EscapeDataString(readerId)}", null,
            status => status is HttpStatusCode.NotFound or HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity,
            WireJson.Default.EntitlementsBody);
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
        CallAsync("token", HttpMethod.Post, "api/pass/token",
            JsonContent.Create(new Wire.TokenRequest(code, verifier, callback), WireJson.Default.TokenRequest),
            MeansNo, WireJson.Default.TokenBody);

    public Task<CallResult<Wire.TokenBody>> RenewAsync(string handle) =>
        CallAsync("renew", HttpMethod.Post, "api/pass/renew",
            JsonContent.Create(new Wire.HandleRequest(handle), WireJson.Default.HandleRequest),
            MeansNo, WireJson.Default.TokenBody);

    /// <param name="handle">Null for a stranger.</param>
    public Task<CallResult<Wire.EdgeBody>> EdgePassAsync(string? handle) =>
        CallAsync("edge", HttpMethod.Post, "api/pass/edge",
            JsonContent.Create(new Wire.EdgeRequest(handle), WireJson.Default.EdgeRequest),
            MeansNo, WireJson.Default.EdgeBody);

    public async Task<CallOutcome> RevokeAsync(string handle)
    {
        using var body = JsonContent.Create(new Wire.HandleRequest(handle), WireJson.Default.HandleRequest);
        return (await CallAsync<object>("revoke", HttpMethod.Post, "api/pass/revoke", body, MeansNo, null)).Outcome;
    }

    public async Task<CallResult<Wire.PolicyBody>> PolicyAsync()
    {
        var result = await CallAsync("site", HttpMethod.Get, "api/site", null, static status => status == HttpStatusCode.NotFound, WireJson.Default.PolicyBody);
        if (result.Value?.SiteId is { } known && known != _options.SiteId && Interlocked.Exchange(ref _toldOfSite, 1) == 0)
            _logger.LogError("The key of this website belongs to the site {Known} at the service, but {Setting}:SiteId is {SiteId}. Nobody can sign in until they fit.",
                known, _options.SettingsPath, _options.SiteId);
        return result;
    }

    public Task<CallResult<Wire.MeterAnswer>> MeterAsync(string readerId, string article, bool count) =>
        CallAsync("meter", HttpMethod.Post, $"api/meter/{Uri.EscapeDataString(readerId)}",
            JsonContent.Create(new Wire.MeterRequest(article, count), WireJson.Default.MeterRequest), MeansNo, WireJson.Default.MeterAnswer);

    public Task<CallResult<Wire.GiftUsed>> UseGiftAsync(string gift, string visit) =>
        CallAsync("gift", HttpMethod.Post, $"api/gifts/{Uri.EscapeDataString(gift)}/uses",
            JsonContent.Create(new Wire.GiftUse(visit), WireJson.Default.GiftUse), MeansNo, WireJson.Default.GiftUsed);

    public Task<CallResult<Wire.GiftMade>> MakeGiftAsync(string readerId, string article) =>
        CallAsync("gift", HttpMethod.Post, "api/gifts",
            JsonContent.Create(new Wire.GiftWish(readerId, article), WireJson.Default.GiftWish), MeansNo, WireJson.Default.GiftMade);

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
                _health.Answered();
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

    private async Task<CallResult<T>> CallAsync<T>(
        string what, HttpMethod method, string path, HttpContent? body, Func<HttpStatusCode, bool> meansUnknown, JsonTypeInfo<T>? answer)
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
                _health.Answered();
                return new(CallOutcome.Answered, value, askedAt, _time.GetUtcNow());
            }

            if (meansUnknown(response.StatusCode) && IsProblem(response) && await RefusalAsync(response, limit.Token) is var problem && !IsAboutOurKey(problem))
            {
                _health.Answered();
                return new(CallOutcome.Unknown, Problem: problem);
            }

            return Refused<T>(what, response.StatusCode);
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException or JsonException
                                            or IOException or NotSupportedException or InvalidOperationException)
        {
            return Failed<T>(what, failure.Message, IsConnectionFailure(failure));
        }
    }

    // Codes and handles come from browsers: a service that refuses one is well, and must not be taken for one that is down.
    private static bool MeansNo(HttpStatusCode status) =>
        (int)status is >= 400 and < 500 and not (int)HttpStatusCode.RequestTimeout and not (int)HttpStatusCode.TooManyRequests;

    private static bool IsConnectionFailure(Exception failure) => failure is HttpRequestException { StatusCode: null };

    // A website with a wrong key must not sign its readers out, one by one, as if their sessions had ended.
    private static bool IsAboutOurKey(Wire.ProblemBody? problem) => problem?.Type is "urn:subscriptions:unauthorized" or "urn:subscriptions:forbidden";

    private static async Task<Wire.ProblemBody?> RefusalAsync(HttpResponseMessage response, CancellationToken cancel) =>
        response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
            ? await response.Content.ReadFromJsonAsync(WireJson.Default.ProblemBody, cancel)
            : null;

    // A 404 of some other machine in between (a proxy's own page, say) must not make a subscriber unknown.
    private static bool IsProblem(HttpResponseMessage response) =>
        response.Content.Headers.ContentType?.MediaType is "application/problem+json" or "application/json";

    private CallResult<T> Refused<T>(string what, HttpStatusCode status)
    {
        if (status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            _logger.LogError("The subscription service refuses this website's key ({Call}: {Status}). Check {Setting}:SiteKey.",
                what, (int)status, _options.SettingsPath);
        return Failed<T>(what, $"status {(int)status}");
    }

    private CallResult<T> Failed<T>(string what, string why, bool noConnection = false)
    {
        _health.Failed(what, why, noConnection);
        return new(CallOutcome.Unreachable);
    }
}
