using System.Net.Http.Headers;
using System.Net.Mime;
using System.Text.Json;
using Subscriptions.Sandbox.Rooms;
using Subscriptions.Server.Features.Mail;

namespace Subscriptions.Sandbox.Panel;

/// <summary>The mail provider: it reports to the service what became of a mail, as <c>POST /webhooks/mail</c> takes it.</summary>
public sealed class MailReports(SandboxOptions options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false }) { Timeout = Patience };

    /// <summary>Reports; whether the service took it, and what came of it in words.</summary>
    /// <param name="messageId">The mail's Message-ID.</param>
    /// <param name="became"><c>bounced</c>, <c>delayed</c>, <c>complained</c> or <c>delivered</c>.</param>
    public async Task<(bool Taken, string Words)> SendAsync(string messageId, string became, CancellationToken stopping)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new
        {
            messageId,
            @event = became == "delayed" ? "bounced" : became,
            permanent = became == "bounced",
            code = became switch { "bounced" => "5.1.1", "delayed" => "4.2.2", _ => null },
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"http://127.0.0.1:{options.Ports.Service}/webhooks/mail")) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(MediaTypeNames.Application.Json);
        request.Headers.Add(MailSignature.Header, MailSignature.Sign(SandboxKeys.Of(options.Data).MailSecret!, body, time.GetUtcNow()));
        try
        {
            using var response = await http.SendAsync(request, stopping);
            using var answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(stopping));
            return response.IsSuccessStatusCode
                ? (true, Heard(answer.RootElement.GetProperty("result").GetString()))
                : (false, answer.RootElement.TryGetProperty("detail", out var why) ? why.GetString()! : $"The service answered {(int)response.StatusCode}.");
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException or OperationCanceledException && !stopping.IsCancellationRequested)
        {
            return (false, "The service did not answer. Is it running?");
        }
    }

    /// <inheritdoc />
    public void Dispose() => http.Dispose();

    private static string Heard(string? result) => result switch
    {
        "recorded" => "The service took the report and recorded it; the support page’s timeline shows it.",
        "known" => "The service took the report; it knew as much already.",
        _ => "The service took the report, but keeps no record of this mail.",
    };
}
