using System.Globalization;
using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Subscriptions.Bench.Gate;

/// <summary>What stands beyond the website's border: it knows two subscribers, and its change feed is live.</summary>
internal static class StubService
{
    public const string SiteId = "courier";
    public const string SiteKey = "site-key-of-the-bench";
    public const string Entitled = "rdr_entitled";
    public const string PastDue = "rdr_past_due";
    public const string Heading = "Act now to keep your subscription";

    private const string KeyId = "key_bench";
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private static readonly TimeProvider Wall = TimeProvider.System;
    private static long questions;

    public static Task RunAsync()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var app = Child.NewBuilder().Build();
        app.MapGet("/api/entitlements/{reader}", (string reader) => Answer(reader));
        app.MapGet("/api/feed", FeedAsync);
        app.MapGet("/.well-known/jwks.json", () => KeySet(key));
        app.MapGet("/bench/pass/{reader}", (string reader, HttpRequest request) => Pass(key, reader, $"{request.Scheme}://{request.Host}"));
        app.MapGet("/bench/questions", () => Interlocked.Read(ref questions));
        return Child.ServeAsync(app);
    }

    private static IResult Answer(string reader)
    {
        Interlocked.Increment(ref questions);
        var now = Wall.GetUtcNow();
        var grant = new { kind = "Subscription", record = "sub_1", entitlements = (string[])["subscriber"], from = (string?)null, until = (string?)null, reason = "Paid." };
        var notice = reader == PastDue
            ? new
            {
                stage = "ActNow",
                heading = Heading,
                body = "We have tried to contact you several times. We have still not been able to take payment.\nUpdate your payment details to keep reading.",
                myAccountUrl = "https://account.example.com/my-account",
                updatePaymentDetailsUrl = "https://account.example.com/pay/abc",
                accessEndsAt = Stamp(now.AddDays(17)),
                nextAttemptAt = Stamp(now.AddDays(4)),
            }
            : null;
        return Results.Json(new { readerId = reader, version = 1, now = Stamp(now), validUntil = (string?)null, grants = new[] { grant }, notice, reason = "Subscription" });
    }

    private static async Task FeedAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        using var timer = new PeriodicTimer(Beat);
        try
        {
            do
            {
                await context.Response.WriteAsync($"event: heartbeat\nid: 1\ndata: {{\"position\":1,\"now\":\"{Stamp(Wall.GetUtcNow())}\"}}\n\n");
                await context.Response.Body.FlushAsync();
            }
            while (await timer.WaitForNextTickAsync(context.RequestAborted));
        }
        catch (OperationCanceledException)
        {
            // The website has gone.
        }
    }

    private static IResult KeySet(ECDsa key)
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return Results.Json(new
        {
            keys = new[] { new { kty = "EC", use = "sig", alg = "ES256", crv = "P-256", kid = KeyId, x = Base64UrlEncoder.Encode(point.X), y = Base64UrlEncoder.Encode(point.Y) } },
        });
    }

    private static string Pass(ECDsa key, string reader, string issuer)
    {
        // As by a clock that is almost as far ahead as it may be: a gate that has just begun to listen has no reason to doubt it.
        var now = Wall.GetUtcNow().UtcDateTime.AddSeconds(117);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = SiteId,
            Claims = new Dictionary<string, object> { ["sub"] = reader, ["sid"] = "ses_" + reader },
            IssuedAt = now,
            Expires = now.AddHours(1),
            SigningCredentials = new SigningCredentials(new ECDsaSecurityKey(key) { KeyId = KeyId }, SecurityAlgorithms.EcdsaSha256),
        });
    }

    private static string Stamp(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
