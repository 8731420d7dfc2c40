using System.Security.Cryptography;
using System.Text;
using FluentValidation;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Support;

namespace Subscriptions.Server.Features.Api;

/// <summary><c>/api/invoices/{id}</c> and <c>/api/readers/{id}/credits</c>: what is given back, credited or given up.</summary>
internal static class InvoiceRoutes
{
    public static void Map(RouteGroupBuilder api)
    {
        var one = api.MapGroup("/invoices/{id}").WithTags("Invoices").ProducesProblem(404);
        one.MapGet("", (string id, SubscriptionRecords records) => AnswerAsync(id, records, InvoiceAnswer.Of))
            .WithName("GetInvoice").WithSummary("Reads one invoice.").Produces<InvoiceAnswer>();
        one.MapGet("/refunds", (string id, SubscriptionRecords records) => AnswerAsync(id, records, row =>
                new ApiList<RefundAnswer>([.. row.ToInvoice().Refunds.Reverse().Select(r => RefundAnswer.Of(row.Id, r))], null)))
            .WithName("GetRefunds").WithSummary("What went back of an invoice, or is to, newest first.").Produces<ApiList<RefundAnswer>>();
        one.MapPost("/refunds", RefundAsync).WithName("RefundInvoice").WithSummary("Gives money back, whole or in part, never above what was paid.")
            .WithDescription("Answers with the refund as it stands: Requested while the gateway has not answered; it is asked again by itself. A refund that fails later is Failed, and its amount may be refunded again. The same Idempotency-Key refunds once, even after its answer was forgotten.")
            .TakesJson<RefundRequest>().Produces<RefundAnswer>(201).ProducesValidationProblem().ProducesProblem(409);
        one.MapGet("/credit-notes", (string id, SubscriptionRecords records) => AnswerAsync(id, records, row =>
                new ApiList<CreditNoteAnswer>([.. row.ToInvoice().CreditNotes.Reverse().Select(n => CreditNoteAnswer.Of(row, n))], null)))
            .WithName("GetCreditNotes").WithSummary("The credit notes of an invoice, newest first.").Produces<ApiList<CreditNoteAnswer>>();
        one.MapPost("/credit-notes", CreditAsync).WithName("IssueCreditNote").WithSummary("Says that less was owed.")
            .WithDescription("Lowers an open invoice (Invoice); of a paid one the amount goes to the reader's credit (Account) or back to the payment method (Refund).")
            .TakesJson<CreditNoteRequest>().Produces<CreditNoteAnswer>(201).ProducesValidationProblem().ProducesProblem(409);
        MapClose(one, "void", "VoidInvoice", "Closes an open invoice that was never owed. The subscription goes on.", writeOff: false);
        MapClose(one, "write-off", "WriteOffInvoice", "Gives up an open invoice that was owed. The subscription goes on.", writeOff: true);
        MapCredits(api.MapGroup("/readers/{id}/credits").WithTags("Readers").ProducesProblem(404));
    }

    private static void MapCredits(RouteGroupBuilder credits)
    {
        credits.MapGet("", async (string id, CreditAccounts accounts, FindReaders readers) =>
            ApiIds.IsPossible(id) && await readers.OneAsync(ReaderId.From(id)) is not null ? Results.Ok(await CreditsAsync(accounts, id)) : Problems.NotFound("reader"))
            .WithName("GetCredits").WithSummary("What the reader's next invoice uses first.").Produces<CreditsAnswer>();
        credits.MapPost("", GrantAsync).WithName("GrantCredit").WithSummary("Gives credit out of goodwill; the next invoice uses it first.")
            .TakesJson<CreditRequest>().Produces<CreditsAnswer>(201).ProducesValidationProblem().ProducesProblem(409);
    }

    private static void MapClose(RouteGroupBuilder one, string path, string name, string summary, bool writeOff) =>
        one.MapPost("/" + path, async (string id, HttpContext http, CloseInvoiceRequest.Rules rules, AdjustInvoice adjust, SubscriptionRecords records) =>
            await ReadAsync(id, http, rules, records) switch
            {
                (_, { } refusal) => refusal,
                var (wish, _) => await adjust.CloseAsync(InvoiceId.From(id), writeOff, wish!.Reason!.Value, Actors.Api) is { } refused
                    ? Problems.Refused(refused)
                    : await AnswerAsync(id, records, InvoiceAnswer.Of),
            }).WithName(name).WithSummary(summary).TakesJson<CloseInvoiceRequest>().Produces<InvoiceAnswer>().ProducesValidationProblem().ProducesProblem(409);

    private static async Task<IResult> RefundAsync(string id, HttpContext http, RefundRequest.Rules rules, AdjustInvoice adjust, SubscriptionRecords records)
    {
        var (wish, refusal) = await ReadAsync(id, http, rules, records);
        if (refusal is not null)
        {
            return refusal;
        }

        var key = RequestKey.Of(http);
        var amount = wish!.Amount?.ToMoney() ?? await AllAsync(records, id, key);
        if (await adjust.RefundAsync(InvoiceId.From(id), new(amount, wish.Reason!.Value, Actors.Api, key)) is { } refused)
        {
            return Problems.Refused(refused);
        }

        var row = (await records.InvoiceAsync(InvoiceId.From(id)))!;
        return Results.Created($"/api/invoices/{id}/refunds", RefundAnswer.Of(row.Id, row.ToInvoice().Refunds.Last(r => r.RequestKey == key)));
    }

    // Repeated, “all that is left” means what it meant the first time.
    private static async Task<Money> AllAsync(SubscriptionRecords records, string id, string key)
    {
        var invoice = (await records.InvoiceAsync(InvoiceId.From(id)))!.ToInvoice();
        return invoice.Refunds.FirstOrDefault(r => r.RequestKey == key)?.Amount ?? invoice.Refundable();
    }

    private static async Task<IResult> CreditAsync(string id, HttpContext http, CreditNoteRequest.Rules rules, AdjustInvoice adjust, SubscriptionRecords records)
    {
        var (wish, refusal) = await ReadAsync(id, http, rules, records);
        if (refusal is not null)
        {
            return refusal;
        }

        var key = RequestKey.Of(http);
        if (await adjust.CreditAsync(InvoiceId.From(id), new(wish!.Amount!.ToMoney(), wish.Reason!.Value, wish.Destination!.Value, Actors.Api, key)) is { } refused)
        {
            return Problems.Refused(refused);
        }

        var row = (await records.InvoiceAsync(InvoiceId.From(id)))!;
        return Results.Created($"/api/invoices/{id}/credit-notes", CreditNoteAnswer.Of(row, row.ToInvoice().CreditNotes.Last(n => n.RequestKey == key)));
    }

    private static async Task<IResult> GrantAsync(string id, HttpContext http, CreditRequest.Rules rules, CreditAccounts accounts)
    {
        if (!ApiIds.IsPossible(id))
        {
            return Problems.NotFound("reader");
        }

        var (wish, refusal) = await JsonBody.ReadAsync(http, rules);
        if (refusal is not null)
        {
            return refusal;
        }

        return await accounts.GrantAsync(ReaderId.From(id), wish!.Amount!.ToMoney(), wish.Reason!.Value, RequestKey.Of(http), Actors.Api) switch
        {
            null => Results.Created($"/api/readers/{id}/credits", await CreditsAsync(accounts, id)),
            { } refused when refused == CreditAccounts.NotFound => Problems.NotFound("reader"),
            { } refused => Problems.Refused(refused),
        };
    }

    private static async Task<CreditsAnswer> CreditsAsync(CreditAccounts accounts, string id)
    {
        var (balances, entries) = await accounts.ReadAsync(ReaderId.From(id));
        return new(balances, [.. entries.Select(CreditEntryAnswer.Of)]);
    }

    private static async Task<(T? Wish, IResult? Refusal)> ReadAsync<T>(string id, HttpContext http, IValidator<T> rules, SubscriptionRecords records) where T : class =>
        ApiIds.IsPossible(id) && await records.InvoiceAsync(InvoiceId.From(id)) is not null
            ? await JsonBody.ReadAsync(http, rules)
            : (null, Problems.NotFound("invoice"));

    private static async Task<IResult> AnswerAsync<T>(string id, SubscriptionRecords records, Func<InvoiceRow, T> select) =>
        ApiIds.IsPossible(id) && await records.InvoiceAsync(InvoiceId.From(id)) is { } row ? Results.Ok(select(row)) : Problems.NotFound("invoice");
}
