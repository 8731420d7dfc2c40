using System.Text.Json.Nodes;
using Subscriptions.Sandbox.Stripe.Api;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Resources;

/// <summary><c>/v1/customers</c>.</summary>
internal static class Customers
{
    public const string Kind = "customer";

    private static readonly string[] Texts = ["name", "email", "phone", "description"];

    public static StripeAnswer Create(StripeCall call)
    {
        var made = call.Ledger.Insert(Kind, "cus_", Body(
            call.Params.Text("email", 512), call.Params.Text("name", 256), Metadata.Merge(null, call.Params)));
        Write(call, made);
        call.Ledger.Save(made);
        call.Ledger.Emit("customer.created", made);
        return StripeAnswer.Ok(made.Body);
    }

    public static StripeAnswer Retrieve(StripeCall call) => StripeAnswer.Ok(call.Subject(Kind).Body);

    public static StripeAnswer Update(StripeCall call)
    {
        var customer = Living(call.Subject(Kind), "id");
        var before = customer.Body.Copy();
        Write(call, customer);
        customer.Body["metadata"] = Metadata.Merge(customer.Body.Object("metadata"), call.Params);
        call.Ledger.Save(customer);
        call.Ledger.Emit("customer.updated", customer, Changes(before, customer.Body));
        return StripeAnswer.Ok(customer.Body);
    }

    public static StripeAnswer Delete(StripeCall call) => StripeAnswer.Ok(Delete(call.Ledger, Living(call.Subject(Kind), "id")).Body);

    /// <summary>Nothing of it stays but the word that it is gone; its methods belong to nobody any more.</summary>
    public static StripeObject Delete(LedgerTransaction ledger, StripeObject customer)
    {
        foreach (var method in PaymentMethods.OfCustomer(ledger, customer.Id).ToList())
        {
            PaymentMethods.Detach(ledger, method, alone: false);
        }

        ledger.Emit("customer.deleted", customer);
        var gone = customer with { Body = new JsonObject { ["id"] = customer.Id, ["object"] = Kind, ["deleted"] = true } };
        ledger.Save(gone);
        return gone;
    }

    /// <summary>Writes the method that is charged unless another is named; null takes it away.</summary>
    public static void SetDefault(LedgerTransaction ledger, StripeObject customer, string? method)
    {
        var before = customer.Body.Copy();
        customer.Body.Object("invoice_settings")!["default_payment_method"] = method;
        ledger.Save(customer);
        ledger.Emit("customer.updated", customer, Changes(before, customer.Body));
    }

    /// <summary>The customer that a parameter names, who must exist and not be deleted.</summary>
    public static StripeObject? Named(StripeCall call) =>
        call.Named(Kind, "customer") is { } customer ? Living(customer, "customer") : null;

    public static JsonObject Body(string? email, string? name, JsonObject metadata) => new()
    {
        ["address"] = null,
        ["balance"] = 0,
        ["currency"] = null,
        ["default_source"] = null,
        ["delinquent"] = false,
        ["description"] = null,
        ["discount"] = null,
        ["email"] = email,
        ["invoice_settings"] = new JsonObject
        {
            ["custom_fields"] = null,
            ["default_payment_method"] = null,
            ["footer"] = null,
            ["rendering_options"] = null,
        },
        ["metadata"] = metadata,
        ["name"] = name,
        ["phone"] = null,
        ["preferred_locales"] = new JsonArray(),
        ["shipping"] = null,
        ["tax_exempt"] = "none",
        ["test_clock"] = null,
    };

    private static void Write(StripeCall call, StripeObject customer)
    {
        foreach (var name in Texts.Where(call.Params.Has))
        {
            customer.Body[name] = call.Params.Text(name, 512);
        }

        var settings = call.Params.Map("invoice_settings");
        if (settings.Text("default_payment_method") is { } id)
        {
            var method = call.Ledger.Find(PaymentMethods.Kind, id);
            customer.Body.Object("invoice_settings")!["default_payment_method"] = method?.Customer == customer.Id ? id
                : throw StripeFailure.Invalid("resource_missing",
                    $"The customer does not have a payment method with the ID {id}. The payment method must be attached to the customer.",
                    "invoice_settings[default_payment_method]");
        }
    }

    private static JsonObject Changes(JsonObject before, JsonObject after)
    {
        var changed = new JsonObject();
        foreach (var (name, value) in before)
        {
            if (!JsonNode.DeepEquals(value, after[name]))
            {
                changed[name] = value?.DeepClone();
            }
        }

        return changed;
    }

    private static StripeObject Living(StripeObject customer, string param) =>
        customer.Body.Flag("deleted") ? throw StripeFailure.NoSuch(Kind, customer.Id, param, param == "id") : customer;
}
