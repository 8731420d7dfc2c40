using Microsoft.AspNetCore.Http.HttpResults;
using Subscriptions.Sandbox.Stripe;

namespace Subscriptions.Sandbox.Panel;

/// <summary>A move of a payer's bank.</summary>
/// <param name="Payment">A payer's e-mail address or customer (then the newest payment is meant), a charge or a PaymentIntent.</param>
/// <param name="Move"><c>Dispute</c>, <c>Inquire</c>, <c>Win</c>, <c>Lose</c> or <c>WarnOfFraud</c>.</param>
public sealed record BankMoveRequest(string? Payment, string? Move);

/// <summary>The machine-readable twin of the page on disputes.</summary>
internal static class DisputesApi
{
    /// <summary>Longest address or id that is read.</summary>
    public const int MaxLength = 320;

    public static void MapDisputesApi(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/disputes.json", MoveAsync).WithSummary("Disputes a payment, decides a dispute, or warns of fraud.");

    /// <summary>Reads a move by its name; null when there is none such.</summary>
    public static BankMove? MoveOf(string? name) =>
        Enum.GetNames<BankMove>().FirstOrDefault(known => known.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } move ? Enum.Parse<BankMove>(move) : null;

    private static async Task<Results<Ok<BankMoved>, ValidationProblem, ProblemHttpResult>> MoveAsync(BankMoveRequest? request, StripeDisputes disputes)
    {
        Dictionary<string, string[]> errors = [];
        if (request?.Payment is not { Length: > 0 and <= MaxLength } payment)
        {
            errors["payment"] = ["A payer's e-mail address, a customer, a charge or a PaymentIntent."];
            payment = "";
        }

        if (MoveOf(request?.Move) is not { } move)
        {
            errors["move"] = [$"One of {string.Join(", ", Enum.GetNames<BankMove>())}."];
            move = default;
        }

        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors, type: "urn:sandbox:invalid-request");
        }

        var moved = await disputes.MoveAsync(payment, move);
        return moved.Refusal is { } refusal
            ? TypedResults.Problem(statusCode: StatusCodes.Status409Conflict, type: "urn:sandbox:no-such-move", title: refusal)
            : TypedResults.Ok(moved);
    }
}
