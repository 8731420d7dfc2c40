using FluentValidation;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Access;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Support;

namespace Subscriptions.Server.Features.Api;

/// <summary>Access to be given beside any subscription.</summary>
/// <param name="Kind">Complimentary, DayPass or GrantedElsewhere.</param>
/// <param name="Entitlements">What it opens beyond <c>subscriber</c>, such as <c>archive</c>.</param>
/// <param name="From">Since when it counts; at once without it.</param>
/// <param name="Until">The first instant at which it no longer counts; until it is withdrawn without it.</param>
/// <param name="Source">Where it was granted, such as <c>App Store</c>; needed for GrantedElsewhere. The reader sees it.</param>
/// <param name="Contact">Whom the reader asks about it: an address, a number, a page. She sees it.</param>
/// <param name="Note">Words for staff; told to no website and in no event.</param>
public sealed record NewGrantRequest(
    string? Kind, IReadOnlyList<string?>? Entitlements, DateTimeOffset? From, DateTimeOffset? Until, string? Source, string? Contact, string? Note)
{
    /// <summary>Most characters of a source.</summary>
    public const int MaxSource = 60;

    /// <summary>Most characters of a contact.</summary>
    public const int MaxContact = 200;

    /// <summary>Most characters of a note.</summary>
    public const int MaxNote = 500;

    private const int MostEntitlements = 20;

    /// <summary>What each of them has to look like.</summary>
    public sealed class Rules : AbstractValidator<NewGrantRequest>
    {
        /// <summary>The rules.</summary>
        public Rules()
        {
            RuleFor(r => r.Kind).Must(kind => KindOf(kind) is not null).WithMessage($"Write one of {string.Join(", ", GivenAccess.Kinds)}.");
            RuleFor(r => r.Entitlements).Must(names => names is null || (names.Count <= MostEntitlements && names.All(IsName)))
                .WithMessage($"Write at most {MostEntitlements} names of 1 to 64 letters, digits, '-', '_' or '.'.");
            RuleFor(r => r.From).Must(IsPlausible).WithMessage(Times);
            RuleFor(r => r.Until).Must(IsPlausible).WithMessage(Times);
            RuleFor(r => r.Source).Must(text => IsLine(text, MaxSource)).WithMessage($"Write one line of at most {MaxSource} characters.");
            RuleFor(r => r.Contact).Must(text => IsLine(text, MaxContact)).WithMessage($"Write one line of at most {MaxContact} characters.");
            RuleFor(r => r.Note).MaximumLength(MaxNote).WithMessage($"A note has at most {MaxNote} characters.");
        }

        private const string Times = "Write a time between the years 2000 and 2200.";

        private static bool IsPlausible(DateTimeOffset? time) => time is null or { Year: >= 2000 and <= 2200 };

        private static bool IsLine(string? text, int most) => text is null || (text.Trim().Length > 0 && text.Length <= most && !text.Any(char.IsControl));
    }

    internal static GrantKind? KindOf(string? name) => GivenAccess.Kinds.Where(kind => kind.ToString() == name).Select(kind => (GrantKind?)kind).FirstOrDefault();

    private const int LongestName = 64;

    internal static bool IsName(string? name) => name is { Length: > 0 and <= LongestName } && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    internal AccessOrder ToOrder() => new(
        KindOf(Kind)!.Value, [.. (Entitlements ?? []).Select(name => name!.ToLowerInvariant()).Where(name => name != AccessRules.Subscriber).Distinct(StringComparer.Ordinal)],
        From, Until, Source?.Trim(), Contact?.Trim(), string.IsNullOrWhiteSpace(Note) ? null : Note.Trim());
}

/// <summary>Access that was given.</summary>
/// <param name="Entitlements">What it opens, <c>subscriber</c> included.</param>
/// <param name="WithdrawnAt">When it was withdrawn; null while it was not.</param>
public sealed record GivenGrantAnswer(
    string Id, string ReaderId, GrantKind Kind, IReadOnlyList<string> Entitlements, DateTimeOffset From, DateTimeOffset? Until, string? Source, string? Contact,
    DateTimeOffset GivenAt, DateTimeOffset? WithdrawnAt)
{
    internal static GivenGrantAnswer Of(GrantRow row) => new(
        row.Id, row.ReaderId.Value, row.Kind, [AccessRules.Subscriber, .. row.ToGiven().Entitlements], row.From, row.Until, row.Source, row.Contact, row.GivenAt, row.WithdrawnAt);
}

/// <summary><c>/api/readers/{id}/grants</c> and <c>/api/grants/{id}</c>.</summary>
internal static class GrantRoutes
{
    public static void Map(RouteGroupBuilder api)
    {
        var ofReader = api.MapGroup("/readers/{id}/grants").WithTags("Grants");
        ofReader.MapGet("", ListAsync).WithName("GetGrants").WithSummary("Access that a reader was given beside any subscription, the hundred newest.")
            .Produces<ApiList<GivenGrantAnswer>>().ProducesProblem(404);
        ofReader.MapPost("", GiveAsync).WithName("GiveGrant").WithSummary("Gives a reader access beside any subscription.")
            .WithDescription("Nothing is charged for it and no payment notice is shown for it. GrantedElsewhere is for what an app store, a print department or a company's contract sells: renew it by giving the next one.")
            .TakesJson<NewGrantRequest>().Produces<GivenGrantAnswer>(201).ProducesValidationProblem().ProducesProblem(404).ProducesProblem(409);
        var one = api.MapGroup("/grants/{id}").WithTags("Grants");
        one.MapPost("/withdraw", WithdrawAsync).WithName("WithdrawGrant").WithSummary("Withdraws given access from now on; a second time it changes nothing.")
            .HonoursKey().Produces<GivenGrantAnswer>().ProducesProblem(404);
    }

    private static async Task<IResult> ListAsync(string id, FindReaders readers, GiveAccess access) =>
        ApiIds.IsPossible(id) && await readers.OneAsync(ReaderId.From(id)) is not null
            ? Results.Ok(new ApiList<GivenGrantAnswer>([.. (await access.ListAsync(ReaderId.From(id))).Select(GivenGrantAnswer.Of)], null))
            : Problems.NotFound("reader");

    private static async Task<IResult> GiveAsync(string id, HttpContext http, NewGrantRequest.Rules rules, GiveAccess access)
    {
        var (wanted, refusal) = await JsonBody.ReadAsync(http, rules);
        if (refusal is not null)
        {
            return refusal;
        }

        if (!ApiIds.IsPossible(id))
        {
            return Problems.NotFound("reader");
        }

        return await access.GiveAsync(ReaderId.From(id), wanted!.ToOrder(), RequestKey.Of(http), Actors.Api) switch
        {
            GivenResult.Given given => Results.Created($"/api/readers/{id}/grants", GivenGrantAnswer.Of(given.Row)),
            GivenResult.Refused { Refusal: var why } when why == GiveAccess.NoReader => Problems.NotFound("reader"),
            GivenResult.Refused refused => Problems.Refused(refused.Refusal),
            _ => Problems.Bad("body", "This access cannot be given."),
        };
    }

    private static async Task<IResult> WithdrawAsync(string id, GiveAccess access) =>
        ApiIds.IsPossible(id) && await access.WithdrawAsync(id, Actors.Api) is { } row ? Results.Ok(GivenGrantAnswer.Of(row)) : Problems.NotFound("grant");
}
