using System.Text.Json.Nodes;
using Subscriptions.Sandbox.Stripe.Api;
using Subscriptions.Sandbox.Stripe.Cards;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Resources;

/// <summary><c>/v1/payment_methods</c>. A test token becomes a new PaymentMethod wherever it is used.</summary>
internal static class PaymentMethods
{
    public const string Kind = "payment_method";

    /// <summary>Years for which a card made from a token is valid.</summary>
    public const int ValidYears = 4;

    public static StripeAnswer Retrieve(StripeCall call) => StripeAnswer.Ok(call.Subject(Kind, "payment_method").Body);

    public static StripeAnswer Update(StripeCall call)
    {
        var method = call.Subject(Kind, "payment_method");
        method.Body["metadata"] = Metadata.Merge(method.Body.Object("metadata"), call.Params);
        call.Ledger.Save(method);
        call.Ledger.Emit("payment_method.updated", method);
        return StripeAnswer.Ok(method.Body);
    }

    public static StripeAnswer Attach(StripeCall call)
    {
        call.Params.Required("customer");
        var customer = Customers.Named(call)!;
        var method = ByIdOrToken(call.Ledger, call.Id, "payment_method", inPath: true);
        if (method.Customer is { } owner && owner != customer.Id)
        {
            throw StripeFailure.Invalid("payment_method_already_attached",
                "The payment method you provided has already been attached to a customer.", "payment_method");
        }

        RefuseSpent(method);

        // Attaching over the API stands for an agreement that was given elsewhere; the customer is asked on the hosted page only.
        if (Bank.SetUp(method, authenticated: true) is BankAnswer.Refused refused)
        {
            return CardErrors.Answer(refused.Decline, new JsonObject { ["payment_method"] = method.Body.DeepClone() });
        }

        Attach(call.Ledger, method, customer.Id);
        return StripeAnswer.Ok(method.Body);
    }

    public static StripeAnswer Detach(StripeCall call)
    {
        var method = call.Subject(Kind, "payment_method");
        if (method.Customer is null)
        {
            throw StripeFailure.Invalid(null,
                "The payment method you provided is not attached to a customer so detachment is impossible.", "payment_method");
        }

        Detach(call.Ledger, method);
        return StripeAnswer.Ok(method.Body);
    }

    /// <summary>The PaymentMethod of an id, or a new one for a test token.</summary>
    public static StripeObject ByIdOrToken(LedgerTransaction ledger, string idOrToken, string param, bool inPath = false) =>
        TestCards.OfToken(idOrToken) is { } card ? Make(ledger, card, idOrToken, null)
            : TestAccounts.OfToken(idOrToken) is { } account ? Make(ledger, account, null)
            : ledger.Find(Kind, idOrToken) ?? throw StripeFailure.NoSuch(Kind, idOrToken, param, inPath);

    public static StripeObject Make(LedgerTransaction ledger, TestCard card, string token, CardEntry? entry) =>
        ledger.Insert(Kind, "pm_", Body(ledger, card, entry ?? new CardEntry(12, ledger.Now.Year + ValidYears, null)),
            new JsonObject { ["token"] = token, ["typed"] = entry is not null });

    public static StripeObject Make(LedgerTransaction ledger, TestAccount account, string? name) =>
        ledger.Insert(Kind, "pm_", BodyOf(ledger, account, name), new JsonObject { ["token"] = account.Token });

    public static JsonObject BodyOf(LedgerTransaction ledger, TestAccount account, string? name)
    {
        if (account.Type == TestAccounts.Bacs)
        {
            var mandate = BodyOfMandate(ledger, account.Number[^4..]);
            mandate["billing_details"] = Billing(name);
            return mandate;
        }

        return new JsonObject
        {
            ["allow_redisplay"] = "unspecified",
            ["billing_details"] = Billing(name),
            ["customer"] = null,
            ["metadata"] = new JsonObject(),
            ["paypal"] = new JsonObject
            {
                ["country"] = "GB",
                ["fingerprint"] = ledger.IdFor("", account.Token)[..16],
                ["payer_email"] = "payer@harrowmere.example",
                ["payer_id"] = ledger.IdFor("", account.Token)[..13].ToUpperInvariant(),
            },
            ["type"] = TestAccounts.PayPal,
        };
    }

    /// <summary>Attaches without asking the bank; a method that is attached already stays as it is.</summary>
    public static void Attach(LedgerTransaction ledger, StripeObject method, string customer)
    {
        if (method.Customer == customer)
        {
            ledger.Save(method);
            return;
        }

        method.Body["customer"] = customer;
        if (!method.Hidden.Flag("typed") && TestCards.OfToken(method.Hidden.Text("token") ?? "") is { } card)
        {
            MakeOwn(ledger, method.Body, card, customer);
        }

        ledger.Save(method);
        ledger.Emit("payment_method.attached", method);
    }

    /// <summary>
    /// A test token stands for a card of whoever attaches it, so it has a fingerprint of its own for each customer; at Stripe all
    /// test cards of one number are one card, and a book of readers on a dozen tokens would be at the networks' limits in a week.
    /// Who types the same number at two customers has typed the same card.
    /// </summary>
    public static void MakeOwn(LedgerTransaction ledger, JsonObject body, TestCard card, string customer)
    {
        if (body["card"] is JsonObject details)
        {
            details["fingerprint"] = ledger.IdFor("", card.Number + customer)[..16];
        }
    }

    /// <param name="alone">Whether the customer stays, who then has this method as her default no longer.</param>
    public static void Detach(LedgerTransaction ledger, StripeObject method, bool alone = true)
    {
        var owner = alone ? ledger.Find(Customers.Kind, method.Customer) : null;
        var before = new JsonObject { ["customer"] = method.Customer };
        method.Body["customer"] = null;
        method.Hidden["spent"] = true;
        ledger.Save(method);
        ledger.Emit("payment_method.detached", method, before);
        if (owner?.Body.Object("invoice_settings")?.Text("default_payment_method") == method.Id)
        {
            Customers.SetDefault(ledger, owner, null);
        }
    }

    /// <summary>What the card networks' updater does to a stored card; gives why it cannot, or null.</summary>
    public static string? Renew(LedgerTransaction ledger, string id, TestCard? card)
    {
        if (ledger.Find(Kind, id) is not { Customer: not null } method || method.Body.Object("card") is not { } former)
        {
            return $"No customer holds a card {id}.";
        }

        var before = new JsonObject { ["card"] = new JsonObject { ["exp_month"] = former["exp_month"]!.DeepClone(), ["exp_year"] = former["exp_year"]!.DeepClone(), ["last4"] = former["last4"]!.DeepClone() } };
        former["exp_year"] = Math.Max(ledger.Now.Year, (int)former.Number("exp_year")!) + ValidYears;
        if (card is not null)
        {
            (former["brand"], former["display_brand"], former["last4"]) = (card.Brand, card.Brand, card.Last4);
            former["fingerprint"] = ledger.IdFor("", card.Number)[..16];
            (method.Hidden["token"], method.Hidden["behaviour"], method.Hidden["setUp"]) = (card.Token, null, true);
        }

        ledger.Save(method);
        ledger.Emit("payment_method.automatically_updated", method, before);
        return null;
    }

    /// <summary>A method that was detached, or charged without being attached, works only once.</summary>
    public static void RefuseSpent(StripeObject method)
    {
        if (method.Customer is null && method.Hidden.Flag("spent"))
        {
            throw StripeFailure.Invalid(null,
                "This PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, "
                + "and may not be used again.", "payment_method");
        }
    }

    public static IEnumerable<StripeObject> OfCustomer(LedgerTransaction ledger, string customer) =>
        ledger.Page(new ListQuery(Kind) { Customer = customer, Limit = 100 })!.Value.Page;

    public static JsonObject BodyOfMandate(LedgerTransaction ledger, string last4) => new()
    {
        ["allow_redisplay"] = "unspecified",
        ["bacs_debit"] = new JsonObject { ["fingerprint"] = ledger.IdFor("", last4)[..16], ["last4"] = last4, ["sort_code"] = "108800" },
        ["billing_details"] = Billing(null),
        ["customer"] = null,
        ["metadata"] = new JsonObject(),
        ["type"] = "bacs_debit",
    };

    public static JsonObject Billing(string? name) => new()
    {
        ["address"] = new JsonObject
        {
            ["city"] = null,
            ["country"] = null,
            ["line1"] = null,
            ["line2"] = null,
            ["postal_code"] = null,
            ["state"] = null,
        },
        ["email"] = null,
        ["name"] = name,
        ["phone"] = null,
        ["tax_id"] = null,
    };

    public static JsonObject Body(LedgerTransaction ledger, TestCard card, CardEntry entry) => new()
    {
        ["allow_redisplay"] = "unspecified",
        ["billing_details"] = Billing(entry.Name),
        ["card"] = new JsonObject
        {
            ["brand"] = card.Brand,
            ["checks"] = new JsonObject { ["address_line1_check"] = null, ["address_postal_code_check"] = null, ["cvc_check"] = "pass" },
            ["country"] = "GB",
            ["display_brand"] = card.Brand,
            ["exp_month"] = entry.Month,
            ["exp_year"] = entry.Year,
            ["fingerprint"] = ledger.IdFor("", card.Number)[..16],
            ["funding"] = "credit",
            ["generated_from"] = null,
            ["last4"] = card.Last4,
            ["networks"] = new JsonObject { ["available"] = new JsonArray(card.Brand), ["preferred"] = null },
            ["three_d_secure_usage"] = new JsonObject { ["supported"] = true },
            ["wallet"] = null,
        },
        ["customer"] = null,
        ["metadata"] = new JsonObject(),
        ["type"] = "card",
    };
}

/// <summary>What was typed about a card besides its number.</summary>
internal sealed record CardEntry(int Month, int Year, string? Name);
