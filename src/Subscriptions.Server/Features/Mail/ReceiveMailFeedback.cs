using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Api;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Hosting.Jobs;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Mail;

/// <summary>
/// <c>POST /webhooks/mail</c>: bounces, complaints and deliveries of mails that we handed over. Authenticated by a signature
/// over time and body; nothing of it is kept but what became of the mail.
/// </summary>
public static class ReceiveMailFeedback
{
    private static readonly Meter _meter = new("Subscriptions.Mail");
    private static readonly Counter<long> _heard = _meter.CreateCounter<long>("mail.feedback", "{report}", "Reports about mails, by what became of each.");

    /// <summary>Maps it.</summary>
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/webhooks/mail", HandleAsync).DisableAntiforgery().ExcludeFromDescription();

    private static async Task<IResult> HandleAsync(
        HttpContext http, MailFeedbackSettings settings, TimeProvider wall, IDbContextFactory<SubscriptionsDb> databases, BillingUnits units,
        PublisherSettings publisher, IJobScheduler jobs)
    {
        if (settings.Secrets.Count == 0)
        {
            return Results.Problem(Problems.Of(StatusCodes.Status404NotFound));
        }

        if (await JsonBody.BytesAsync(http) is not { } body)
        {
            return Refuse(StatusCodes.Status413PayloadTooLarge, $"The body is larger than {JsonBody.MaxBytes} bytes.");
        }

        switch (MailSignature.Verify(http.Request.Headers[MailSignature.Header], body, settings.Secrets, wall.GetUtcNow()))
        {
            case MailSignatureVerdict.Forged:
                return Refuse(StatusCodes.Status401Unauthorized, $"The {MailSignature.Header} header is missing or does not match the body.");
            case MailSignatureVerdict.Stale:
                return Refuse(StatusCodes.Status401Unauthorized, $"The time in the {MailSignature.Header} header is over five minutes away from this server's clock.");
        }

        return MailReport.Read(body, publisher.Address.Host, wall.GetUtcNow()) switch
        {
            (null, var wrong) => Refuse(StatusCodes.Status400BadRequest, wrong!),
            ({ } report, _) => await RecordAsync(report, databases, units, jobs),
        };
    }

    private static async Task<IResult> RecordAsync(MailReport report, IDbContextFactory<SubscriptionsDb> databases, BillingUnits units, IJobScheduler jobs)
    {
        await using var db = await databases.CreateDbContextAsync();
        var mail = report.MailId is null ? null : await db.Mails.AsNoTracking().FirstOrDefaultAsync(m => m.Id == report.MailId);
        if (mail is null)
        {
            _heard.Add(1, new KeyValuePair<string, object?>("result", "unknown"));
            return Answer("unknown");
        }

        var asked = await units.ChangeAsync(mail.SubscriptionId, Actors.MailServer, unit => new Heard(unit.HearOfMail(mail.Id, report.Feedback, report.Code)));
        var result = asked is { News: true } ? "recorded" : "known";
        _heard.Add(1, new KeyValuePair<string, object?>("result", result));
        await jobs.LookNowAsync<AdvanceDueSubscriptions>();
        return Answer(result);
    }

    private static IResult Answer(string result) => Results.Json(new { result }, statusCode: StatusCodes.Status202Accepted);

    private static IResult Refuse(int status, string reason) =>
        Results.Problem(reason, statusCode: status, title: "The report was refused.", type: "urn:subscriptions:mail-report-refused");

    private sealed record Heard(bool News);
}

/// <summary>One report, strictly read. The address that it may be about is in none of its members.</summary>
/// <param name="MailId">Our mail; null when the message is none of ours.</param>
/// <param name="Feedback">What became of it.</param>
/// <param name="Code">The code that came with it.</param>
internal sealed record MailReport(string? MailId, MailFeedback Feedback, string? Code)
{
    private const int MaxId = 300;
    private const int MaxCode = 100;

    private static readonly JsonDocumentOptions _strict = new() { AllowDuplicateProperties = false, MaxDepth = 4 };
    private static readonly HashSet<string> _members = ["messageId", "event", "permanent", "code", "occurredAt"];

    /// <summary>The report, or what is wrong with it.</summary>
    public static (MailReport? Report, string? Wrong) Read(byte[] body, string host, DateTimeOffset now)
    {
        try
        {
            using var document = JsonDocument.Parse(body, _strict);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Read(document.RootElement, host, now) : (null, "Send a JSON object.");
        }
        catch (JsonException)
        {
            return (null, "The body is not JSON, or names a member twice.");
        }
    }

    private static (MailReport? Report, string? Wrong) Read(JsonElement json, string host, DateTimeOffset now)
    {
        if (json.EnumerateObject().FirstOrDefault(member => !_members.Contains(member.Name)) is { Value.ValueKind: not JsonValueKind.Undefined })
        {
            return (null, $"Only {string.Join(", ", _members)} are expected here.");
        }

        if (Text(json, "messageId") is not { Length: > 0 and <= MaxId } id)
        {
            return (null, $"messageId: write the Message-ID of the mail, at most {MaxId} characters.");
        }

        bool? permanent = !json.TryGetProperty("permanent", out var given) ? false : given.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null };
        MailFeedback? feedback = (Text(json, "event"), permanent) switch
        {
            ("delivered", false) => MailFeedback.Delivered,
            ("complained", not null) => MailFeedback.Complained,
            ("bounced", true) => MailFeedback.Bounced,
            ("bounced", false) => MailFeedback.Delayed,
            _ => null,
        };
        if (feedback is null)
        {
            return (null, "event: write bounced, complained or delivered; permanent: true or false, and true only of a bounce that is for good.");
        }

        var code = Text(json, "code");
        if (json.TryGetProperty("code", out var any) && (code is null || code.Length > MaxCode || !code.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')))
        {
            return any.ValueKind == JsonValueKind.Null ? (new(Ours(id, host), feedback.Value, null), null) : (null, $"code: write a code of letters, digits, dots, dashes and underscores, at most {MaxCode}.");
        }

        return !json.TryGetProperty("occurredAt", out var at) || (at.ValueKind == JsonValueKind.String && at.TryGetDateTimeOffset(out var when) && when <= now.AddDays(1))
            ? (new(Ours(id, host), feedback.Value, code), null)
            : (null, "occurredAt: write the moment as ISO 8601; it cannot lie in the future.");
    }

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // With or without angle brackets, and only from our own host.
    private static string? Ours(string id, string host)
    {
        var bare = id is ['<', .. var inner, '>'] ? inner : id;
        return bare.Split('@') is [{ Length: <= 160 } mail, var from] && from.Equals(host, StringComparison.OrdinalIgnoreCase) ? mail : null;
    }
}
