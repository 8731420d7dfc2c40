using System.Net.Http.Headers;
using System.Text;
using Subscriptions.Server.Adapters.Stripe;
using Subscriptions.Server.Tests.Features;

namespace Subscriptions.Server.Tests.BadInput;

/// <summary>One request that ought to change nothing, drawn from a number. Whoever has authority names nothing that is there, and the other way round.</summary>
internal sealed class HostileRequest
{
    private readonly Hostility hostility;
    private readonly Victim victim;
    private readonly Target target;
    private readonly Caller caller;

    public HostileRequest(Victim victim, int seed, int number)
    {
        this.victim = victim;
        hostility = new Hostility(new Random(unchecked((seed * 1_000_003) + number)));
        target = victim.Targets[number % victim.Targets.Count];
        caller = CallerFor(target);
        Path = PathFor();
        IsRaw = hostility.OneIn(25);
    }

    public string Path { get; }

    /// <summary>Sent as bytes, because no client library would write it.</summary>
    public bool IsRaw { get; }

    public Uri Home => new(target.Home);

    public override string ToString() => $"{target.Method} {Path[..Math.Min(Path.Length, 200)]} by {caller}{(IsRaw ? " (raw)" : "")}";

    public byte[] Bytes() => hostility.RawRequest(Home.Authority, target.Method, target.Fill(() => "x"));

    public HttpRequestMessage Message()
    {
        var address = new Uri(target.Home + Path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var message = new HttpRequestMessage(hostility.OneIn(20) ? new HttpMethod(hostility.Of(["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW"])) : new HttpMethod(target.Method), address);
        Authorise(message);
        if (message.Method.Method is not ("GET" or "HEAD" or "TRACE"))
        {
            message.Content = Content(message);
        }

        if (hostility.OneIn(4))
        {
            var header = hostility.Of(["Accept", "Idempotency-Key", "X-Forwarded-For", "X-Forwarded-Proto", "Origin", "Referer", "If-None-Match", "Range", "Accept-Language", "Last-Event-ID"]);
            message.Headers.TryAddWithoutValidation(header, string.Concat(hostility.Value().Where(c => c is >= ' ' and < '\u007f').Take(500)));
        }

        return message;
    }

    // With authority, and with nothing that tells a sound request from another, a request is simply meant; so she has none.
    private Caller CallerFor(Target to)
    {
        Caller[] all = to.IsApi ? [Caller.Nobody, Caller.Forger, Caller.Publisher, Caller.Publisher, Caller.Site] : [Caller.Nobody, Caller.Forger, Caller.Reader, Caller.Staff, Caller.Site];
        var drawn = hostility.Of(all);
        var meant = to.Method != "GET" && !to.HasParameters && (drawn is Caller.Publisher or Caller.Site ? to.IsApi && !to.ReadsBody : drawn == Caller.Staff && to.IsSupport);
        return meant ? Caller.Forger : drawn;
    }

    private string PathFor()
    {
        var mayBeReal = target.Method == "GET" || caller is Caller.Nobody or Caller.Forger;
        var path = target.Fill(() => mayBeReal && hostility.OneIn(3) ? hostility.Of(victim.RealIds) : hostility.Segment());
        return path + (hostility.OneIn(2) ? hostility.Query() : "");
    }

    private void Authorise(HttpRequestMessage message)
    {
        if (Key() is { } key)
        {
            message.Headers.TryAddWithoutValidation("Authorization", key);
        }

        if (caller is not Caller.Forger && victim.Of(caller).Cookies is { Length: > 0 } cookies)
        {
            message.Headers.TryAddWithoutValidation("Cookie", cookies);
        }
        else if (hostility.OneIn(3))
        {
            message.Headers.TryAddWithoutValidation("Cookie", $"reader={Uri.EscapeDataString("forged" + hostility.Next(100))}; courier-pass=a.b.c; {hostility.Name()}=%00%ff");
        }
    }

    private string? Key() => caller switch
    {
        Caller.Publisher => $"Bearer {RunningService.ApiKey}",
        Caller.Site => $"Bearer {RunningService.SiteKey}",
        Caller.Forger => hostility.Of(["Bearer ", "Bearer x", "Basic eDp5", "Bearer " + new string('k', 5000), "Digest \"", "Bearer \u00e9", "bearer"]),
        _ => null,
    };

    private HttpContent Content(HttpRequestMessage message)
    {
        if (target.IsWebhook)
        {
            return Knock(message);
        }

        if (target.IsApi)
        {
            var json = new ByteArrayContent(caller is Caller.Publisher or Caller.Site && hostility.OneIn(2) ? Encoding.UTF8.GetBytes(hostility.StrangeJson()) : hostility.Body());
            json.Headers.TryAddWithoutValidation("Content-Type", hostility.OneIn(4) ? hostility.ContentType() : "application/json");
            return json;
        }

        if (hostility.OneIn(3))
        {
            var other = new ByteArrayContent(hostility.Body());
            other.Headers.TryAddWithoutValidation("Content-Type", hostility.ContentType());
            return other;
        }

        var fields = hostility.Fields().Select(f => KeyValuePair.Create(f.Name, f.Value));
        var token = caller is Caller.Forger || hostility.OneIn(4) ? "CfDJ8forged" : victim.Of(caller).Token;
        return new FormUrlEncodedContent(fields.Append(new("__RequestVerificationToken", token)));
    }

    // Signed by the gateway's own secret, by another's, long ago, or not at all.
    private ByteArrayContent Knock(HttpRequestMessage message)
    {
        var body = hostility.Body();
        var at = hostility.OneIn(4) ? DateTimeOffset.UtcNow.AddHours(-hostility.Next(1000) - 1) : DateTimeOffset.UtcNow;
        var signature = hostility.Next(4) switch
        {
            0 => null,
            1 => StripeSignature.Sign("whsec_forged", body, at),
            2 => hostility.Of(["t=,v1=", "t=1,v1=zz", "v1=", "t=99999999999999999999,v1=00", new string('t', 9000), "t=1;v1=1"]),
            _ => StripeSignature.Sign(RunningService.WebhookSecret, body, at),
        };
        if (signature is not null)
        {
            message.Headers.TryAddWithoutValidation(StripeSignature.Header, signature);
        }

        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }
}
