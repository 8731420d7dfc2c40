using System.Text.Json.Nodes;

namespace Subscriptions.Sandbox.Stripe.Api;

/// <summary>What the API answers: a status and a JSON body.</summary>
internal sealed record StripeAnswer(int Status, JsonObject Body)
{
    public static StripeAnswer Ok(JsonObject body) => new(StatusCodes.Status200OK, body);
}

/// <summary>A request that Stripe refuses without having changed anything.</summary>
internal sealed class StripeFailure(int status, string type, string? code, string message, string? param = null) : Exception(message)
{
    public int Status => status;

    /// <summary>Objects that Stripe puts into the error, such as <c>payment_intent</c>.</summary>
    public JsonObject Extras { get; init; } = [];

    /// <summary>Whether execution had begun, so that the answer is kept under its idempotency key.</summary>
    public bool IsKept { get; init; }

    public StripeAnswer ToAnswer()
    {
        var error = new JsonObject();
        Put(error, "code", code);
        Put(error, "doc_url", code is null ? null : $"https://stripe.com/docs/error-codes/{code.Replace('_', '-')}");
        error["message"] = Message;
        Put(error, "param", param);
        foreach (var (name, value) in Extras)
        {
            error[name] = value?.DeepClone();
        }

        error["type"] = type;
        return new StripeAnswer(status, new JsonObject { ["error"] = error });
    }

    public static StripeFailure Invalid(string? code, string message, string? param = null) =>
        new(StatusCodes.Status400BadRequest, "invalid_request_error", code, message, param);

    public static StripeFailure Missing(string param) =>
        Invalid("parameter_missing", $"Missing required param: {param}.", param);

    public static StripeFailure NoSuch(string kind, string id, string param = "id", bool inPath = false) =>
        new(inPath ? StatusCodes.Status404NotFound : StatusCodes.Status400BadRequest,
            "invalid_request_error", "resource_missing", $"No such {Noun(kind)}: '{id}'", param)
        {
            IsKept = true,
        };

    /// <summary>An object in a state in which the request makes no sense; the object comes with the error.</summary>
    public static StripeFailure WrongState(string code, string message, string name, JsonObject subject) =>
        new(StatusCodes.Status400BadRequest, "invalid_request_error", code, message)
        {
            Extras = new JsonObject { [name] = subject.DeepClone() },
            IsKept = true,
        };

    public static StripeFailure Unauthorized(string message) =>
        new(StatusCodes.Status401Unauthorized, "invalid_request_error", null, message);

    private static string Noun(string kind) => kind == "payment_method" ? "PaymentMethod" : kind;

    private static void Put(JsonObject error, string name, string? value)
    {
        if (value is not null)
        {
            error[name] = value;
        }
    }
}
