using System.Text.Json.Nodes;
using Subscriptions.Sandbox.Stripe.Api;
using Subscriptions.Sandbox.Stripe.Cards;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Resources;

/// <summary>The body of a decline: the answer's <c>error</c>, and <c>last_payment_error</c> in the object.</summary>
internal static class CardErrors
{
    public static StripeAnswer Answer(Decline decline, JsonObject about) =>
        new(StatusCodes.Status402PaymentRequired, new JsonObject { ["error"] = Body(decline, about) });

    public static JsonObject Body(Decline decline, JsonObject about)
    {
        var body = new JsonObject();
        Put(body, "advice_code", decline.AdviceCode);
        body["code"] = decline.Code;
        Put(body, "decline_code", decline.DeclineCode);
        body["doc_url"] = $"https://stripe.com/docs/error-codes/{decline.Code.Replace('_', '-')}";
        body["message"] = decline.Message;
        Put(body, "network_decline_code", decline.NetworkCode);
        foreach (var (name, value) in about)
        {
            body[name] = value?.DeepClone();
        }

        body["type"] = "card_error";
        return body;
    }

    /// <summary>The error of a challenge that its holder did not pass.</summary>
    public static JsonObject AuthenticationFailed(string code, StripeObject method) => new()
    {
        ["code"] = code,
        ["doc_url"] = $"https://stripe.com/docs/error-codes/{code.Replace('_', '-')}",
        ["message"] = "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
        ["payment_method"] = method.Body.DeepClone(),
        ["type"] = "invalid_request_error",
    };

    private static void Put(JsonObject body, string name, string? value)
    {
        if (value is not null)
        {
            body[name] = value;
        }
    }
}
