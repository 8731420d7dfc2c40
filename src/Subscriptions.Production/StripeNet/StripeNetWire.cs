using System.Text;
using System.Text.Json;
using Stripe;
using Subscriptions.Server.Adapters.Stripe;

namespace Subscriptions.Production.StripeNet;

/// <summary>
/// The wire to Stripe, carried by Stripe.net. Requests go through its raw interface, because its typed one speaks whatever version of the
/// API the package was made for: that version would change with an update of the package, and with it what a decline or a
/// dispute looks like. Here it changes when we say so, and both hosts send the same bytes and read the same answers.
/// </summary>
internal sealed class StripeNetWire(HttpClient http, StripeSettings settings, TimeProvider time) : IStripeWire
{
    // Pace, repetitions and time-outs stand around the wire in either host, so the library repeats nothing by itself.
    private readonly SystemNetHttpClient carrier = new(http, maxNetworkRetries: 0, enableTelemetry: false);

    /// <inheritdoc />
    public async Task<StripeReply> SendAsync(HttpMethod method, string path, StripeForm? form, string? key, CancellationToken cancel)
    {
        var keeping = new Keeping(carrier);
        var stripe = new StripeClient(new StripeClientOptions { ApiKey = settings.SecretKey, ApiBase = settings.ApiBase.AbsoluteUri.TrimEnd('/'), HttpClient = keeping });
        var options = new RawRequestOptions { IdempotencyKey = key };
        options.AdditionalHeaders["Stripe-Version"] = StripeSettings.ApiVersion;
        try
        {
            await stripe.RawRequestAsync(method, path, await ContentOf(form), options, cancel);
        }
        catch (Exception failure) when (keeping.Answer is not null && failure is StripeException or JsonException)
        {
            // An answer like any other, which the library throws, or trips over: what it means is judged where all answers are.
        }

        return Reply(keeping.Answer!);
    }

    private StripeReply Reply(StripeResponse response) =>
        StripeReply.Read(response.StatusCode, response.Headers, Encoding.UTF8.GetBytes(response.Content), time.GetUtcNow());

    private static async Task<string?> ContentOf(StripeForm? form)
    {
        if (form is null)
        {
            return null;
        }

        using var content = new FormUrlEncodedContent(form.Fields);
        return await content.ReadAsStringAsync();
    }

    /// <summary>Keeps the answer of one request as it came.</summary>
    private sealed class Keeping(SystemNetHttpClient carrier) : IHttpClient
    {
        public StripeResponse? Answer { get; private set; }

        public async Task<StripeResponse> MakeRequestAsync(StripeRequest request, CancellationToken cancellationToken = default) =>
            Answer = await carrier.MakeRequestAsync(request, cancellationToken);

        public Task<StripeStreamedResponse> MakeStreamingRequestAsync(StripeRequest request, CancellationToken cancellationToken = default) =>
            carrier.MakeStreamingRequestAsync(request, cancellationToken);
    }
}

/// <summary>Puts Stripe.net behind the payment port.</summary>
public static class StripeNetSetup
{
    /// <summary>Adds the gateway and the webhook reader, over Stripe.net.</summary>
    public static IServiceCollection AddStripeNet(this IServiceCollection services, StripeSettings settings)
    {
        services.AddStripeCore(settings);
        StripeSetup.Configure(services.AddHttpClient<IStripeWire, StripeNetWire>(), settings);
        return services;
    }
}
