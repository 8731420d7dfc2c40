using Subscriptions.Domain;

namespace Subscriptions.Server.Features.Access;

/// <summary>RFC 9457 answers with stable types.</summary>
public static class Problems
{
    private const string Prefix = "urn:subscriptions:";

    /// <summary>404: nobody and nothing has that id.</summary>
    public static IResult NotFound(string what) =>
        Results.Problem($"There is no {what} with that id.", statusCode: 404, title: "Not found.", type: $"{Prefix}{what}-not-found");

    /// <summary>400: a value cannot be used.</summary>
    public static IResult Bad(string field, string message) =>
        Results.ValidationProblem(new Dictionary<string, string[]> { [field] = [message] }, title: "The request cannot be used.", type: $"{Prefix}invalid-request");

    /// <summary>409: understood, and refused by a rule.</summary>
    public static IResult Refused(Refusal refusal) =>
        Results.Problem(refusal.Reason, statusCode: 409, title: "Refused.", type: Prefix + refusal.Code);
}
