using Microsoft.AspNetCore.Http;

namespace Subscriptions.Paywall;

/// <summary>
/// The settings of a website. In settings files durations are written <c>hours:minutes:seconds</c> (<c>"06:00:00"</c>).
/// Everything is checked when the website starts.
/// </summary>
public sealed class PaywallOptions
{
    /// <summary>The public address of the subscription service without a path, such as <c>https://subscriptions.example.org</c>. Needed.</summary>
    public string ServiceAddress { get; set; } = "";

    /// <summary>
    /// Where this website reaches the service, if it is not the public address: inside your own network, past the CDN. Readers are never led there.
    /// Absent: <see cref="ServiceAddress"/>.
    /// </summary>
    public string? InternalAddress { get; set; }

    /// <summary>This website's id at the service. Needed. 1 to 40 of <c>a-z 0-9 -</c>, a letter first.</summary>
    public string SiteId { get; set; } = "";

    /// <summary>This website's secret key at the service. Needed; keep it out of files that are shared.</summary>
    public string SiteKey { get; set; } = "";

    /// <summary>
    /// The website's own public origin as registered at the service (<c>https://www.example.org</c>). If absent, scheme and host of
    /// each request are taken.
    /// </summary>
    public string? SiteAddress { get; set; }

    /// <summary>How the names of the cookies begin; <c>__{SiteId}</c> if absent. Two websites on one host name need different ones.</summary>
    public string? CookiePrefix { get; set; }

    /// <summary>What addresses ask for, beside what endpoints say themselves.</summary>
    public IList<PathRule> Rules { get; } = [];

    /// <summary>
    /// A local path to which refused page requests are sent instead of the built-in offer page; it is given <c>return</c> and
    /// <c>reason</c>. Absent: the built-in page.
    /// </summary>
    public string? OfferPath { get; set; }

    /// <summary>
    /// A local path to a style sheet for the middleware's own pages (offer, messages, gift link); their <c>body</c> has the class <c>paywall-page</c>. Absent: they
    /// have no style.
    /// </summary>
    public string? StyleSheet { get; set; }

    /// <summary>Whether a refused page asks the service, unseen and at most every 30 s or at a reload, if the reader is signed in there. Default true.</summary>
    public bool SilentSignIn { get; set; } = true;

    /// <summary>
    /// Whether <c>/gate/edge</c> gives browsers a pass of minutes by which a CDN decides alone (<c>docs/edge.md</c>). Default false.
    /// </summary>
    public bool EdgePass { get; set; }

    /// <summary>The time zone in which notices and offers tell dates, such as <c>Europe/London</c>, the default.</summary>
    public string TimeZone { get; set; } = "Europe/London";

    /// <summary>The longest that a request waits for the service, all its questions together. 0.1 to 10 s, default 2 s.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a reader who was seen entitled reads on while the service cannot be reached, since her last check; never past an end
    /// that is already known. 0 to 24 h, default 6 h.
    /// </summary>
    public TimeSpan StaleFor { get; set; } = TimeSpan.FromHours(6);

    /// <summary>
    /// How long the signed cookie "last entitled at" vouches for a reader whom this process has not met yet, while the service cannot
    /// be reached. 0 to 7 days, default 24 h.
    /// </summary>
    public TimeSpan KnownFor { get; set; } = TimeSpan.FromHours(24);

    /// <summary>The most readers kept in memory. 100 to 5,000,000, default 200,000.</summary>
    public int CacheEntries { get; set; } = 200_000;

    /// <summary>The most verified reader passes remembered, about 1 KB each. 100 to 5,000,000, default 100,000.</summary>
    public int RememberedPasses { get; set; } = 100_000;

    /// <summary>
    /// For websites with accounts of their own: gives the service's reader id of the request's user, or null. Readers then sign in
    /// at the website, and the middleware sets no sign-in cookies.
    /// </summary>
    public Func<HttpContext, string?>? ReaderIdResolver { get; set; }

    /// <summary>
    /// For websites where the requirement stands in the content (an article's own field): gives it for a request, or null if there is
    /// nothing to add. Counts like endpoint metadata, so <see cref="Requirement.Free"/> overrides path rules.
    /// </summary>
    public Func<HttpContext, ValueTask<Requirement?>>? RequirementResolver { get; set; }

    /// <summary>
    /// Whether pages may state what they ask by the header <c>X-Subscription-Requirement</c> of their own response. It costs every response a look at its
    /// headers before its first byte. Default false.
    /// </summary>
    public bool ReadResponseHeader { get; set; }

    /// <summary>
    /// Names the article of a request for meters and gift links, where its address does not: a page that is reached by several addresses, say. 1 to 500
    /// characters; null for the path.
    /// </summary>
    public Func<HttpContext, string?>? ArticleResolver { get; set; }

    /// <summary>
    /// The request header in which your own edge tells the visitor's region, for regions that the service keeps open. Only one that the edge always
    /// overwrites: whoever could send it himself would read for nothing.
    /// </summary>
    public string? RegionHeader { get; set; }

    /// <summary>Gives the region of a request in code; goes before <see cref="RegionHeader"/>.</summary>
    public Func<HttpContext, string?>? RegionResolver { get; set; }

    /// <summary>
    /// By what <c>/gate/notice</c> keys the state that pages compare; <see cref="SiteKey"/> if absent, which all machines of a website share.
    /// </summary>
    public string? StateKey { get; set; }

    /// <summary>Where a website with accounts of its own signs readers in: a local path, given <c>return</c>. Absent: <c>/gate/sign-in</c>.</summary>
    public string? SignInPath { get; set; }

    internal string SettingsPath { get; set; } = "Paywall";

    /// <summary>What the binder says of values that cannot be converted; each names its setting.</summary>
    internal IReadOnlyList<string> BindingFailures { get; set; } = [];

    /// <summary>Keys of the section that name no setting.</summary>
    internal IReadOnlyList<string> UnknownSettings { get; set; } = [];

    /// <summary>
    /// <see cref="ServiceAddress"/> as the service itself writes it: small letters, no default port, no slash at the end. It names its
    /// issuer so, and passes are compared letter by letter.
    /// </summary>
    internal string ServiceOrigin => new Uri(ServiceAddress).GetLeftPart(UriPartial.Authority);

    internal string CookieNamePrefix => CookiePrefix ?? "__" + SiteId;
}
