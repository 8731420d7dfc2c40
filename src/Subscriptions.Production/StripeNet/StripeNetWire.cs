using System.Text;
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
    private readonly StripeClient stripe = new(new StripeClientOptions
    {
        ApiKey = settings.SecretKey,
        ApiBase = settings.ApiBase.AbsoluteUri.TrimEnd('/'),
        HttpClient = new SystemNetHttpClient(http, maxNetworkRetries: 0, enableTelemetry: false),
    });

    /// <inheritdoc />
    public async Task<StripeReply> SendAsync(HttpMethod method, string path, StripeForm? form, string? key, CancellationToken cancel)
    {
        var options = new RawRequestOptions { IdempotencyKey = key };
        options.AdditionalHeaders["Stripe-Version"] = StripeSettings.ApiVersion;
        try
        {
            return Reply(await stripe.RawRequestAsync(method, path, await ContentOf(form), options, cancel));
        }
        catch (StripeException answered) when (answered.StripeResponse is { } response)
        {
            // An answer like any other: what it means is judged where all answers are.
            return Reply(response);
        }
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
