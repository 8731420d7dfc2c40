using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Subscriptions.Paywall;

namespace Subscriptions.Bench.Gate;

/// <summary>
/// The paywall's parts in this process, with a service that answers within it: what is measured is the website's side alone. The change feed counts as heard.
/// </summary>
internal sealed class Inside
{
    public const string Issuer = "https://account.example.com";
    private const string KeyId = "key_bench";
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ServiceProvider _parts;

    public Inside(Action<PaywallOptions>? configure = null)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IDataProtectionProvider>(new EphemeralDataProtectionProvider());
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ServiceClient>(provider, new HttpClient(new Answers(KeySet()))));
        services.AddPaywall(options =>
        {
            (options.ServiceAddress, options.SiteId, options.SiteKey) = (Issuer, StubService.SiteId, StubService.SiteKey);
            configure?.Invoke(options);
        });
        _parts = services.BuildServiceProvider();
        _ = Task.Run(() => KeepFeedHeardAsync(Get<FeedState>()));
    }

    public T Get<T>() where T : notnull => _parts.GetRequiredService<T>();

    /// <summary>A genuine pass; each call gives another.</summary>
    public string NewPass(string reader)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = StubService.SiteId,
            Claims = new Dictionary<string, object> { ["sub"] = reader, ["sid"] = "ses_" + reader },
            IssuedAt = now,
            Expires = now.AddHours(1),
            SigningCredentials = new SigningCredentials(new ECDsaSecurityKey(_key) { KeyId = KeyId }, SecurityAlgorithms.EcdsaSha256),
        });
    }

    private static async Task KeepFeedHeardAsync(FeedState feed)
    {
        using var every = new PeriodicTimer(TimeSpan.FromSeconds(1));
        do
            feed.Heard();
        while (await every.WaitForNextTickAsync());
    }

    private string KeySet()
    {
        var point = _key.ExportParameters(includePrivateParameters: false).Q;
        return $$"""{"keys":[{"kty":"EC","use":"sig","alg":"ES256","crv":"P-256","kid":"{{KeyId}}","x":"{{Base64UrlEncoder.Encode(point.X)}}","y":"{{Base64UrlEncoder.Encode(point.Y)}}"}]}""";
    }

    // As the service writes it about a subscriber: her own ids, and a year paid until one of its days.
    private sealed class Answers(string keySet) : HttpMessageHandler
    {
        private const int Days = 365;
        private readonly DateTime _today = TimeProvider.System.GetUtcNow().UtcDateTime.Date;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var path = request.RequestUri!.AbsolutePath;
            var text = path.StartsWith("/api/entitlements/", StringComparison.Ordinal) ? About(path["/api/entitlements/".Length..]) : keySet;
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(text, Encoding.UTF8, "application/json") });
        }

        private string About(string reader)
        {
            var paidUntil = _today.AddDays(1 + ((uint)reader.GetHashCode(StringComparison.Ordinal) % Days));
            return string.Create(CultureInfo.InvariantCulture,
                $$"""
                {"readerId":"{{reader}}","version":3,"now":"{{TimeProvider.System.GetUtcNow().UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}}","entitled":true,"reason":"Subscription",
                "grantedBy":"{{Book.SubscriptionOf(reader)}}","validUntil":null,"grants":[{"kind":"Subscription","record":"{{Book.SubscriptionOf(reader)}}",
                "entitlements":["subscriber","archive"],"from":"{{paidUntil.AddDays(-Days):yyyy-MM-dd}}T00:00:00.000Z","until":null,"reason":"Paid to the end of {{paidUntil.AddDays(-1):yyyy-MM-dd}}."}],"notice":null}
                """);
        }
    }
}
