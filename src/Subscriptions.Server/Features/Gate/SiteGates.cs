using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Subscriptions.Paywall;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Gate;

/// <summary>
/// The gates of websites that other web servers serve. Each is the very package that a website installs, asks this service like one, over HTTP on this
/// machine, and is made when the first question comes: who does not use it pays nothing for it.
/// </summary>
public sealed class SiteGates(IReadOnlyList<SiteSettings> sites, PublisherSettings publisher, GateKeys keys, IServer server, IServiceProvider services, TimeProvider wall, ILogger<SiteGates> log)
    : IAsyncDisposable
{
    private static readonly TimeSpan _tryAgainAfter = TimeSpan.FromSeconds(5);
    private static readonly PathString _root = new("/gate");
    private static readonly TimeSpan _tellEvery = TimeSpan.FromMinutes(1);
    // By whether it is the key that is wrong: the commoner mistake must not hide the other.
    private readonly Dictionary<bool, long> toldAt = [];
    private readonly ConcurrentDictionary<string, Lazy<Task<PaywallGate>>> gates = new(StringComparer.Ordinal);
    private readonly Front[] fronts = [.. sites.SelectMany(site => site.Origins.Select(origin => new Front(site, new Uri(origin))))];

    /// <summary>Answers everything under <c>/gate</c>, and leaves all else to what comes after.</summary>
    public Task RunAsync(HttpContext http, RequestDelegate next) => http.Request.Path.StartsWithSegments(_root, StringComparison.OrdinalIgnoreCase) ? AnswerAsync(http) : next(http);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var gate in gates.Values.Where(one => one.IsValueCreated && one.Value.IsCompletedSuccessfully))
        {
            await (await gate.Value).DisposeAsync();
        }
    }

    private async Task AnswerAsync(HttpContext http)
    {
        try
        {
            var asked = Asked(http.Request);
            if (asked.Front is not { } front)
            {
                Refuse(http, $"No website is known by this key, by the address in X-Original-URL, or under {http.Request.Host}.");
                return;
            }

            if (ProblemOf(asked, front) is { } problem)
            {
                Tell(http.Response, problem, isOfKey: asked.Trusted is null);
            }

            // Behind a web server everything looks like http on our own host; what the browser sees is what the site registered.
            (http.Request.Scheme, http.Request.Host) = (front.Scheme, front.Host);
            if (!await (await GateOfAsync(front.Site)).HandleAsync(http, asked.Trusted is not null))
            {
                http.Response.StatusCode = StatusCodes.Status404NotFound;
            }
        }
        catch (Exception bug) when (bug is not OperationCanceledException || !http.RequestAborted.IsCancellationRequested)
        {
            log.LogError(bug, "A question about access could not be answered.");
            if (!http.Response.HasStarted)
            {
                Refuse(http, "The question could not be answered; the log of the service says why.");
            }
        }
    }

    // What a web server is told wrongly by its settings would otherwise show at its readers alone.
    private static string? ProblemOf(Question asked, Front front)
    {
        if (asked.Trusted is null)
        {
            return asked.HasKey ? "X-Subscription-Site-Key is no site's key, so nothing that came with it counts." : null;
        }

        return front.Begins(asked.Original) || !Uri.TryCreate(asked.Original, UriKind.Absolute, out var page) || page.Scheme is not ("http" or "https")
            || front.Site.Origins.Contains(page.GetLeftPart(UriPartial.Authority), StringComparer.OrdinalIgnoreCase) || front.IsAt(page)
                ? null
                : $"{page.Scheme}://{page.IdnHost}:{page.Port} is no origin of the site {front.Site.Id}: name it among the Origins of that site (Sites:n:Origins), or nobody can sign in there.";
    }

    private void Tell(HttpResponse response, string problem, bool isOfKey)
    {
        response.Headers["X-Subscription-Problem"] = problem;
        lock (toldAt)
        {
            if (toldAt.TryGetValue(isOfKey, out var before) && wall.GetElapsedTime(before) < _tellEvery)
            {
                return;
            }

            toldAt[isOfKey] = wall.GetTimestamp();
        }

        log.LogWarning("A web server's question: {Problem}", problem);
    }

    // A web server that asks knows three answers only, and anything else is an error page to its readers.
    private static void Refuse(HttpContext http, string problem)
    {
        http.Response.Clear();
        http.Response.StatusCode = StatusCodes.Status403Forbidden;
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Subscription-Outcome"] = nameof(DecisionOutcome.Unavailable);
        http.Response.Headers["X-Subscription-Reason"] = "InvalidRequest";
        http.Response.Headers["X-Subscription-Problem"] = problem;
    }

    private Question Asked(HttpRequest request)
    {
        var key = request.Headers["X-Subscription-Site-Key"].ToString();
        var trusted = key.Length > 0 ? sites.FirstOrDefault(site => site.Key.Matches(key)) : null;
        var original = request.Headers["X-Original-URL"].ToString();
        // As browsers and web servers write it, which spares the usual question the parsing of an address.
        foreach (var front in fronts)
        {
            if (front.IsOf(trusted) && front.Begins(original))
            {
                return new(front, trusted, key.Length > 0, original);
            }
        }

        var only = trusted ?? (sites.Count == 1 ? sites[0] : null);
        return new(Parsed(original, request.Host, trusted) ?? (only is null ? null : Array.Find(fronts, front => front.IsOf(only))), trusted, key.Length > 0, original);
    }

    private Front? Parsed(string original, HostString host, SiteSettings? trusted)
    {
        var page = Uri.TryCreate(original, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? address : null;
        var asked = page?.GetLeftPart(UriPartial.Authority);
        return Array.Find(fronts, front => front.IsOf(trusted) && string.Equals(front.Origin, asked, StringComparison.OrdinalIgnoreCase))
            // Behind something that ends TLS, a web server takes for http what browsers see as https.
            ?? (page is not null && trusted is not null ? Array.Find(fronts, front => front.IsOf(trusted) && front.IsAt(page)) : null)
            ?? (page is null || trusted is not null ? Array.Find(fronts, front => front.IsOf(trusted) && front.IsAt(host)) : null);
    }

    private Task<PaywallGate> GateOfAsync(SiteSettings site) =>
        gates.TryGetValue(site.Id, out var here) && here is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true } ready } ? ready : StartAsync(site);

    private async Task<PaywallGate> StartAsync(SiteSettings site)
    {
        var gate = gates.GetOrAdd(site.Id, _ => new Lazy<Task<PaywallGate>>(() => PaywallGate.StartAsync(services, options => Configure(options, site))));
        try
        {
            return await gate.Value;
        }
        catch (Exception)
        {
            // Tried again after a while, not by every question.
            _ = Task.Delay(_tryAgainAfter).ContinueWith(_ => gates.TryRemove(KeyValuePair.Create(site.Id, gate)), TaskScheduler.Default);
            throw;
        }
    }

    private void Configure(PaywallOptions options, SiteSettings site)
    {
        options.ServiceAddress = publisher.Address.GetLeftPart(UriPartial.Authority);
        options.InternalAddress = OwnAddress();
        options.SiteId = site.Id;
        options.SiteKey = keys.For(site.Id);
        options.StateKey = site.Key.Derive("state");
        options.TimeZone = publisher.Hours.Zone.Id;
        foreach (var rule in site.Rules)
        {
            options.Rules.Add(rule);
        }
    }

    private string OwnAddress()
    {
        var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        var own = addresses.FirstOrDefault(address => address.StartsWith("http://", StringComparison.OrdinalIgnoreCase)) ?? addresses.FirstOrDefault()
            ?? throw new InvalidOperationException("The service does not listen on any address.");
        var binding = BindingAddress.Parse(own);
        var host = binding.Host is "*" or "+" || (IPAddress.TryParse(binding.Host.Trim('[', ']'), out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))) ? "localhost" : binding.Host;
        return $"{binding.Scheme}://{host}:{binding.Port}";
    }

    /// <param name="Front">Under which address browsers see what is asked about; null if it is no site's.</param>
    /// <param name="Trusted">The site whose key came with it.</param>
    /// <param name="HasKey">Whether any key did.</param>
    /// <param name="Original">The address that is asked about.</param>
    private readonly record struct Question(Front? Front, SiteSettings? Trusted, bool HasKey, string Original);

    /// <summary>One of the addresses under which browsers see a site.</summary>
    private sealed class Front(SiteSettings site, Uri origin)
    {
        public SiteSettings Site => site;

        public string Origin { get; } = origin.GetLeftPart(UriPartial.Authority);

        public string Scheme { get; } = origin.Scheme;

        // As browsers write it: with the usual port named, a form of the site's own pages would pass for a stranger's.
        public HostString Host { get; } = new(origin.Authority);

        /// <summary>Whether it is of a site; of any, where none is named.</summary>
        public bool IsOf(SiteSettings? named) => named is null || ReferenceEquals(named, site);

        public bool Begins(string address) => address.StartsWith(Origin, StringComparison.OrdinalIgnoreCase) && (address.Length == Origin.Length || address[Origin.Length] is '/' or '?' or '#');

        /// <summary>Whether a page is on it but for the scheme, and for the port that goes with either: an alarm would have the one named that no browser sees.</summary>
        public bool IsAt(Uri page) => string.Equals(origin.IdnHost, page.IdnHost, StringComparison.OrdinalIgnoreCase)
            && (origin.Port == page.Port || (IsUsual(origin.Port) && IsUsual(page.Port)));

        public bool IsAt(HostString host) =>
            host.HasValue && Uri.TryCreate($"{Scheme}://{host.Value}", UriKind.Absolute, out var seen) && string.Equals(origin.Authority, seen.Authority, StringComparison.OrdinalIgnoreCase);

        private static bool IsUsual(int port) => port is 80 or 443;
    }
}

/// <summary>The keys with which this process's own gates call it, made anew at each start and known to nobody else.</summary>
public sealed class GateKeys
{
    private const int Bytes = 32;
    private readonly ConcurrentDictionary<string, string> keys = new(StringComparer.Ordinal);

    /// <summary>The key of a site's gate.</summary>
    public string For(string siteId) => keys.GetOrAdd(siteId, _ => Convert.ToHexString(RandomNumberGenerator.GetBytes(Bytes)));

    /// <summary>The site whose gate has a key; null if none has.</summary>
    public string? SiteOf(string key)
    {
        var shown = System.Text.Encoding.UTF8.GetBytes(key);
        return keys.FirstOrDefault(one => CryptographicOperations.FixedTimeEquals(System.Text.Encoding.UTF8.GetBytes(one.Value), shown)).Key;
    }
}
