using System.Globalization;
using System.Text;
using Subscriptions.Sandbox.Stripe.Api;
using Subscriptions.Sandbox.Stripe.Cards;
using Subscriptions.Sandbox.Stripe.Ledger;
using Subscriptions.Sandbox.Stripe.Resources;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Sandbox.Stripe.Pages;

/// <summary>The hosted page of a Checkout session in setup mode.</summary>
internal sealed class CheckoutPage(LedgerFile ledger, StripeSimulatorOptions options, BillingClock clock)
{
    public async Task HandleAsync(HttpContext context)
    {
        var id = context.GetRouteValue("id") as string ?? "";
        var session = ledger.Read(transaction => transaction.Find(CheckoutSessions.Kind, id));
        if (session is null)
        {
            await PayLayout.NotFoundAsync(context);
        }
        else if (session.Status != "open")
        {
            await ShowClosedAsync(context, session);
        }
        else if (HttpMethods.IsPost(context.Request.Method))
        {
            await SubmitAsync(context, session);
        }
        else
        {
            await ShowFormAsync(context, session, CheckoutForm.Empty, EarlierError(session));
        }
    }

    private async Task SubmitAsync(HttpContext context, StripeObject session)
    {
        var posted = await PayLayout.FormAsync(context);
        var other = OtherMethods.Read(posted, session);
        if (other.Error is { } wrong)
        {
            await ShowFormAsync(context, session, CheckoutForm.Empty, [wrong]);
            return;
        }

        if (other.Account is { } account)
        {
            await FinishAsync(context, session, CheckoutForm.Empty, transaction => PaymentMethods.Make(transaction, account, other.Name));
            return;
        }

        var form = CheckoutForm.Read(posted);
        var (card, entry, errors) = form.Judge(clock.Now);
        if (errors.Count > 0)
        {
            await ShowFormAsync(context, session, form, errors);
            return;
        }

        await FinishAsync(context, session, form, transaction => PaymentMethods.Make(transaction, card!, card!.Token, entry));
    }

    private async Task FinishAsync(HttpContext context, StripeObject session, CheckoutForm form, Func<LedgerTransaction, StripeObject> make)
    {
        var origin = StripeRequest.OriginOf(context.Request, options);
        var (after, error) = await ledger.WriteAsync(transaction => SetUp(transaction, session.Id, make, origin));
        if (error is not null)
        {
            await ShowFormAsync(context, session, form, [("card", error)]);
            return;
        }

        await (after is null ? ShowClosedAsync(context, ledger.Read(transaction => transaction.Get(CheckoutSessions.Kind, session.Id)))
            : PayLayout.LeadTo(context, after));
    }

    /// <summary>Where the browser goes next, or the bank's refusal; neither if the session was closed meanwhile.</summary>
    private static (string? After, string? Error) SetUp(
        LedgerTransaction transaction, string sessionId, Func<LedgerTransaction, StripeObject> make, string origin)
    {
        var session = transaction.Get(CheckoutSessions.Kind, sessionId);
        if (session.Status != "open")
        {
            return (null, null);
        }

        var intent = transaction.Get(SetupIntents.Kind, session["setup_intent"]);
        var method = make(transaction);
        var call = new StripeCall(transaction, StripeParams.Parse([]), session.Id, origin);
        var answer = SetupIntents.Try(call, intent, method, session["url"]);
        return answer.Status != StatusCodes.Status200OK
            ? (null, answer.Body.Object("error")!.Text("message"))
            : (intent.Body.Object("next_action")?.Object("redirect_to_url")?.Text("url") ?? CheckoutSessions.SuccessUrl(session), null);
    }

    /// <summary>A challenge that was failed leads back here, and the page says so.</summary>
    private IReadOnlyList<(string, string)> EarlierError(StripeObject session) =>
        ledger.Read(transaction => transaction.Get(SetupIntents.Kind, session["setup_intent"]))
            .Body.Object("last_setup_error") is { } error ? [("card", error.Text("message")!)] : [];

    private static Task ShowClosedAsync(HttpContext context, StripeObject session)
    {
        var (title, text, link) = session.Status == "complete"
            ? ("Your payment details are saved", "This page was completed already; nothing more is to do here.", CheckoutSessions.SuccessUrl(session))
            : ("This page has expired", "No card was saved. Go back and start again.", session.Body.Text("cancel_url"));
        return PayLayout.WriteAsync(context, StatusCodes.Status200OK, title,
            $"<h1>{title}</h1><p id=\"status\">{text}</p>"
            + (link is null ? "" : $"<p><a id=\"continue\" href=\"{PayLayout.Encode(link)}\">Return to the site</a></p>"));
    }

    private static Task ShowFormAsync(
        HttpContext context, StripeObject session, CheckoutForm form, IReadOnlyList<(string Field, string Message)> errors)
    {
        var cancel = session.Body.Text("cancel_url") is { } url
            ? $"<a id=\"cancel\" href=\"{PayLayout.Encode(url)}\">Cancel and go back</a>" : "";
        return PayLayout.WriteAsync(context, StatusCodes.Status200OK, (errors.Count > 0 ? "Error: " : "") + "Save a card", $"""
            <h1>Save a card for later payments</h1>
            {Alert(errors)}
            <form method="post" novalidate>
            {Input("card", "Card number", form.Card, "numeric", "cc-number", errors)}
            <div class="pair"><div>{Input("exp", "Expiry date (MM/YY)", form.Exp, "numeric", "cc-exp", errors)}</div>
            <div>{Input("cvc", "Security code", form.Cvc, "numeric", "cc-csc", errors)}</div></div>
            {Input("name", "Name on card", form.Name, "text", "cc-name", errors)}
            {Choices(form.TestCard)}
            <div class="actions"><button id="submit" type="submit">Save card</button>{cancel}</div>
            </form>
            {OtherMethods.Forms(session)}
            """);
    }

    private static string Alert(IReadOnlyList<(string Field, string Message)> errors) => errors.Count == 0 ? ""
        : "<div class=\"alert\" role=\"alert\" id=\"error\"><p>Your card was not saved.</p><ul>"
            + string.Concat(errors.Select(error => $"<li><a href=\"#{error.Field}\">{PayLayout.Encode(error.Message)}</a></li>")) + "</ul></div>";

    private static string Input(
        string name, string label, string value, string mode, string autocomplete, IReadOnlyList<(string Field, string Message)> errors)
    {
        var error = errors.FirstOrDefault(error => error.Field == name).Message;
        var state = error is null ? "" : $" aria-invalid=\"true\" aria-describedby=\"{name}-error\"";
        return $"<label for=\"{name}\">{label}</label><input type=\"text\" id=\"{name}\" name=\"{name}\" value=\"{PayLayout.Encode(value)}\" "
            + $"inputmode=\"{mode}\" autocomplete=\"{autocomplete}\" maxlength=\"100\"{state}>"
            + (error is null ? "" : $"<p class=\"error\" id=\"{name}-error\">{PayLayout.Encode(error)}</p>");
    }

    private static string Choices(string chosen)
    {
        var choices = new StringBuilder("<fieldset id=\"test-cards\"><legend>Or choose a test card</legend>");
        Add("", "Use the number typed above", chosen.Length == 0);
        foreach (var card in TestCards.All)
        {
            var spaced = string.Join(' ', card.Number.Chunk(4).Select(four => new string(four)));
            Add(card.Number, $"<span class=\"digits\">{spaced}</span> – {PayLayout.Encode(card.Does)}", chosen == card.Number);
        }

        return choices.Append("</fieldset>").ToString();

        void Add(string number, string label, bool isChosen)
        {
            var id = "test_card_" + (number.Length == 0 ? "none" : number);
            choices.Append(CultureInfo.InvariantCulture, $"<div class=\"choice\"><input type=\"radio\" id=\"{id}\" name=\"test_card\" value=\"{number}\"{(isChosen ? " checked" : "")}>")
                .Append(CultureInfo.InvariantCulture, $"<label for=\"{id}\">{label}</label></div>");
        }
    }
}
