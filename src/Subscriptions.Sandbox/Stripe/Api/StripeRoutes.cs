using Subscriptions.Sandbox.Stripe.Resources;

namespace Subscriptions.Sandbox.Stripe.Api;

/// <summary>Every operation that the simulator knows, with the parameters that Stripe knows for it.</summary>
internal static class StripeRoutes
{
    private const string Paging = "limit starting_after ending_before created";
    private const string CustomerFields = "name email phone description metadata invoice_settings";
    private const string IntentFields =
        "amount currency customer description metadata payment_method payment_method_types payment_method_options receipt_email "
        + "setup_future_usage statement_descriptor statement_descriptor_suffix transfer_group";
    private const string ConfirmFields =
        "payment_method off_session return_url mandate mandate_data error_on_requires_action use_stripe_sdk payment_method_options "
        + "receipt_email setup_future_usage client_secret";

    public static IReadOnlyList<StripeRoute> All { get; } =
    [
        Post("customers.create", "customers", Customers.Create, CustomerFields),
        List("customers", Customers.Kind, "email"),
        Get("customers.retrieve", "customers/{id}", Customers.Retrieve),
        Post("customers.update", "customers/{id}", Customers.Update, CustomerFields),
        Route("customers.delete", HttpMethods.Delete, "customers/{id}", Customers.Delete, ""),
        Get("customers.payment_methods", "customers/{id}/payment_methods", ListOfCustomer, Paging + " type"),

        List("payment_methods", PaymentMethods.Kind, "customer type"),
        Get("payment_methods.retrieve", "payment_methods/{id}", PaymentMethods.Retrieve),
        Post("payment_methods.update", "payment_methods/{id}", PaymentMethods.Update, "metadata"),
        Post("payment_methods.attach", "payment_methods/{id}/attach", PaymentMethods.Attach, "customer"),
        Post("payment_methods.detach", "payment_methods/{id}/detach", PaymentMethods.Detach, ""),

        Post("payment_intents.create", "payment_intents", PaymentIntents.Create,
            IntentFields + " " + ConfirmFields + " confirm automatic_payment_methods capture_method confirmation_method shipping"),
        List("payment_intents", PaymentIntents.Kind, "customer"),
        Get("payment_intents.retrieve", "payment_intents/{id}", PaymentIntents.Retrieve, "client_secret"),
        Post("payment_intents.update", "payment_intents/{id}", PaymentIntents.Update, IntentFields),
        Post("payment_intents.confirm", "payment_intents/{id}/confirm", Confirmation.Confirm, ConfirmFields),
        Post("payment_intents.cancel", "payment_intents/{id}/cancel", PaymentIntents.Cancel, "cancellation_reason"),

        List("charges", Charges.Kind, "customer payment_intent"),
        Get("charges.retrieve", "charges/{id}", Charges.Retrieve),

        Post("setup_intents.create", "setup_intents", SetupIntents.Create,
            "customer payment_method payment_method_types automatic_payment_methods usage description metadata confirm return_url "
            + "payment_method_options mandate_data use_stripe_sdk"),
        List("setup_intents", SetupIntents.Kind, "customer"),
        Get("setup_intents.retrieve", "setup_intents/{id}", SetupIntents.Retrieve, "client_secret"),
        Post("setup_intents.confirm", "setup_intents/{id}/confirm", SetupIntents.Confirm,
            "payment_method return_url payment_method_options mandate_data use_stripe_sdk client_secret"),
        Post("setup_intents.cancel", "setup_intents/{id}/cancel", SetupIntents.Cancel, "cancellation_reason"),

        Post("checkout.sessions.create", "checkout/sessions", CheckoutSessions.Create,
            "mode success_url cancel_url customer customer_email client_reference_id payment_method_types currency metadata "
            + "setup_intent_data expires_at locale ui_mode payment_method_options"),
        List("checkout/sessions", CheckoutSessions.Kind, "customer"),
        Get("checkout.sessions.retrieve", "checkout/sessions/{id}", CheckoutSessions.Retrieve),
        Post("checkout.sessions.expire", "checkout/sessions/{id}/expire", CheckoutSessions.Expire, ""),

        Post("refunds.create", "refunds", Refunds.Create, "charge payment_intent amount reason metadata"),
        Get("mandates.retrieve", "mandates/{id}", Mandates.Retrieve),

        List("refunds", Refunds.Kind, "payment_intent"),
        Get("refunds.retrieve", "refunds/{id}", Refunds.Retrieve),

        List("disputes", Disputes.Kind, "payment_intent"),
        Get("disputes.retrieve", "disputes/{id}", Disputes.Retrieve),

        Get("radar.early_fraud_warnings.list", "radar/early_fraud_warnings", FraudWarnings.List, Paging + " charge payment_intent"),
        Get("radar.early_fraud_warnings.retrieve", "radar/early_fraud_warnings/{id}", FraudWarnings.Retrieve),
        Get("balance_transactions.list", "balance_transactions", BalanceTransactions.List, Paging + " payout type"),
        Get("balance_transactions.retrieve", "balance_transactions/{id}", BalanceTransactions.Retrieve),
        List("payouts", Payouts.Kind, "status"),
        Get("payouts.retrieve", "payouts/{id}", Payouts.Retrieve),

        Get("events.list", "events", Events.List, Paging + " type types"),
        Get("events.retrieve", "events/{id}", Events.Retrieve),
    ];

    /// <summary>The operation of a request and the id in its path; null if there is none.</summary>
    public static (StripeRoute Route, string Id)? Find(string method, string path)
    {
        var segments = path.TrimEnd('/').Split('/');
        foreach (var route in All)
        {
            if (route.Match(method, segments) is { } id)
            {
                return (route, Uri.UnescapeDataString(id));
            }
        }

        return null;
    }

    private static StripeAnswer ListOfCustomer(StripeCall call)
    {
        var customer = call.Subject(Customers.Kind);
        var query = Lists.Query(call, PaymentMethods.Kind) with { Customer = customer.Id };
        return Lists.Answer(call, WithType(call, query), $"/v1/customers/{customer.Id}/payment_methods", found => found.Body);
    }

    private static StripeRoute List(string path, string kind, string filters) =>
        Get(path.Replace('/', '.') + ".list", path,
            call => Lists.Answer(call, WithType(call, Lists.Query(call, kind)), "/v1/" + path, found => found.Body), Paging + " " + filters);

    private static Ledger.ListQuery WithType(StripeCall call, Ledger.ListQuery query) =>
        query.Kind == PaymentMethods.Kind && call.Params.Text("type") is { } type
            ? query with { TypePatterns = [PaymentIntents.MethodTypes.Contains(type) ? type : throw UnknownType(type)] } : query;

    private static StripeFailure UnknownType(string type) =>
        StripeFailure.Invalid(null, $"Invalid type: must be one of {string.Join(", ", PaymentIntents.MethodTypes)}", "type");

    private static StripeRoute Get(string operation, string template, Func<StripeCall, StripeAnswer> run, string parameters = "") =>
        Route(operation, HttpMethods.Get, template, run, parameters);

    private static StripeRoute Post(string operation, string template, Func<StripeCall, StripeAnswer> run, string parameters) =>
        Route(operation, HttpMethods.Post, template, run, parameters);

    private static StripeRoute Route(string operation, string method, string template, Func<StripeCall, StripeAnswer> run, string parameters) =>
        new(operation, method, template, run,
            parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries).Append("expand").ToHashSet(StringComparer.Ordinal));
}
