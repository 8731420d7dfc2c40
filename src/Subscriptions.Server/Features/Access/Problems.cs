using FluentValidation.Results;
using Microsoft.AspNetCore.Mvc;
using Subscriptions.Domain;

namespace Subscriptions.Server.Features.Access;

/// <summary>RFC 9457 answers with stable types.</summary>
public static class Problems
{
    private const string Prefix = "urn:subscriptions:";
    private const string Unusable = "The request cannot be used.";

    /// <summary>404: nobody and nothing has that id.</summary>
    public static IResult NotFound(string what) =>
        Results.Problem($"There is no {what} with that id.", statusCode: 404, title: "Not found.", type: $"{Prefix}{what}-not-found");

    /// <summary>400: a value cannot be used.</summary>
    public static IResult Bad(string field, string message) =>
        Results.ValidationProblem(new Dictionary<string, string[]> { [field] = [message] }, title: Unusable, type: $"{Prefix}invalid-request");

    /// <summary>400: one or more values cannot be used.</summary>
    public static IResult Invalid(ValidationResult found) => Results.ValidationProblem(
        found.Errors.GroupBy(e => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(e.PropertyName))
            .ToDictionary(g => g.Key, g => g.Select(e => e.ErrorMessage).ToArray()),
        title: Unusable, type: $"{Prefix}invalid-request");

    /// <summary>409: understood, and refused by a rule.</summary>
    public static IResult Refused(Refusal refusal) =>
        Results.Problem(refusal.Reason, statusCode: 409, title: "Refused.", type: Prefix + refusal.Code);

    /// <summary>The answer for a status that nobody explained.</summary>
    public static ProblemDetails Of(int status)
    {
        var (name, title, detail) = status switch
        {
            400 => ("invalid-request", Unusable, "It is not formed as this address expects."),
            401 => ("unauthorized", "No valid key.", "Send a known key as “Authorization: Bearer …”."),
            403 => ("forbidden", "Not allowed.", "This key may not do that."),
            404 => ("not-found", "Not found.", "There is nothing at this address."),
            405 => ("method-not-allowed", "Method not allowed.", "This address does not answer to that method; see the Allow header."),
            408 => ("request-timeout", "Too slow.", "The request did not arrive in time."),
            413 => ("payload-too-large", "Too large.", "The body is larger than this address takes."),
            415 => ("unsupported-media-type", "Not JSON.", "Send the body as application/json."),
            429 => ("too-many-requests", "Too many requests.", "Please wait a minute and try again."),
            >= 500 => ("internal-error", "Something went wrong here.", "The request may be repeated under the same Idempotency-Key."),
            _ => ("refused", "Refused.", "The request was not carried out."),
        };
        return new ProblemDetails { Status = status, Type = Prefix + name, Title = title, Detail = detail };
    }

    /// <summary>A problem with a name of its own.</summary>
    public static IResult Named(int status, string name, string title, string detail) =>
        Results.Problem(detail, statusCode: status, title: title, type: Prefix + name);
}
