using System.Net.Http.Headers;

namespace Subscriptions.Server.Adapters.Stripe;

/// <summary>Carries one request to Stripe and its answer back, once. All that makes a call safe stands around it, whichever library carries it.</summary>
internal interface IStripeWire
{
    /// <summary>Sends one request.</summary>
    /// <param name="method">GET, POST or DELETE.</param>
    /// <param name="path">From <c>/v1</c> on.</param>
    /// <param name="form">The fields of a POST; null for all else.</param>
    /// <param name="key">The idempotency key of a POST.</param>
    /// <param name="cancel">The time-out of this one try.</param>
    /// <exception cref="HttpRequestException">No answer came.</exception>
    /// <exception cref="IOException">The answer broke off.</exception>
    Task<StripeReply> SendAsync(HttpMethod method, string path, StripeForm? form, string? key, CancellationToken cancel);
}

/// <summary>The wire of the default build: the framework's HTTP client.</summary>
internal sealed class HttpStripeWire(HttpClient http, StripeSettings settings, TimeProvider time) : IStripeWire
{
    /// <inheritdoc />
    public async Task<StripeReply> SendAsync(HttpMethod method, string path, StripeForm? form, string? key, CancellationToken cancel)
    {
        using var request = Request(method, path, form, key);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseContentRead, cancel);
        return StripeReply.Read(response.StatusCode, response.Headers, await response.Content.ReadAsByteArrayAsync(cancel), time.GetUtcNow());
    }

    private HttpRequestMessage Request(HttpMethod method, string path, StripeForm? form, string? key)
    {
        var request = new HttpRequestMessage(method, new Uri(settings.ApiBase.AbsoluteUri.TrimEnd('/') + path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", settings.SecretKey);
        request.Headers.Add("Stripe-Version", StripeSettings.ApiVersion);
        if (form is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
            request.Content = new FormUrlEncodedContent(form.Fields);
        }

        return request;
    }
}
