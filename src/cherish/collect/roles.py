"""The parts that a column can play, and by which names people call such columns, in several languages of habit."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

Kind = Literal["events", "orders", "lines", "customers"]
KINDS: tuple[Kind, ...] = ("events", "orders", "lines", "customers")


@dataclass(frozen=True)
class Role:
    """A part: its name for `--map`, what it is, and customary column names (no case, no punctuation), best first."""

    name: str
    help: str
    habits: tuple[str, ...]


def _role(name: str, help: str, habits: str) -> Role:
    return Role(name, help, tuple(habits.split()))


ROLES: dict[str, Role] = {
    each.name: each
    for each in (
        _role(
            "customer",
            "the customer's own id",
            "userid customerid custid clientid householdid memberid owneruserid authorid buyerid shopperid "
            "subscriberid "
            "contactid personid playerid accountid profileid visitorid customeruniqueid customerno customernumber "
            "customercode custno memberno householdkey distinctid kundennummer kundennr kundenid kundeid kundenr "
            "idclient numclient codeclient numeroclient idcliente clienteid codigocliente idcliente klantnummer "
            "klantid "
            "idutilisateur idusuario usuarioid benutzerid benutzer utilisateur usuario cliente kunde klant "
            "customer user "
            "username client member buyer shopper household uid msno email emailaddress",
        ),
        _role(
            "anonymous",
            "an id of a browser or device before anybody has signed in",
            "anonymousid anonid deviceid cookieid browserid visitorid fullvisitorid anonymous",
        ),
        _role(
            "time",
            "when it happened",
            "timestamp eventtimestamp eventtime time datetime occurredat happenedat originaltimestamp "
            "transactiontimestamp "
            "transactiontime transactiondate orderdate ordertime orderedat orderpurchasetimestamp invoicedate "
            "purchasedate "
            "purchasedat purchasetime saledate salesdate eventdate date ts createdat creationdate createdon created "
            "redemptiondate visittime visitdate logtime day datum zeit zeitstempel zeitpunkt bestelldatum "
            "rechnungsdatum "
            "kaufdatum fecha fechapedido fechacompra fechahora data datacompra datapedido dateachat datecommande "
            "datefacture horodatage besteldatum receivedat sentat",
        ),
        _role(
            "event",
            "the name of what happened",
            "event eventname eventtype action activity activityname activitytype actiontype verb ereignis ereignistyp "
            "evento evenement aktion accion",
        ),
        _role(
            "order",
            "the order's id: rows of one order share it",
            "orderid orderno ordernumber ordernr order invoiceno invoiceid invoicenumber invoice basketid "
            "transactionid "
            "transactionno receiptid receiptno receiptnumber ticketid billno billid saleid saleno purchaseid "
            "bestellnummer "
            "bestellnr bestellid auftragsnummer auftragsnr rechnungsnummer rechnungsnr belegnummer belegnr numcommande "
            "numerocommande commandeid idcommande numfacture facture pedido pedidoid idpedido numeropedido factura "
            "numerofactura bonnummer ordernummer",
        ),
        _role(
            "value",
            "the money of the row",
            "revenue ordertotal ordervalue orderamount totalamount totalprice grandtotal linetotal lineamount "
            "salesvalue "
            "salesamount netamount netsales amount subtotal total spend spent sales paymentvalue purchaseamount "
            "purchasevalue monetaryvalue turnover umsatz betrag gesamtbetrag gesamtpreis summe montant montanttotal "
            "chiffreaffaires importe importetotal monto valor valortotal bedrag omzet value",
        ),
        _role("order_total", "the money of the whole order, repeated on each of its lines", ""),
        _role(
            "price",
            "the price of one piece",
            "unitprice price itemprice priceperunit sellingprice saleprice priceeach einzelpreis stueckpreis "
            "stuckpreis "
            "preis prixunitaire prix preciounitario precio precounitario preco prijs",
        ),
        _role(
            "quantity",
            "how many pieces",
            "quantity qty quantityordered orderedquantity units unitssold itemcount menge anzahl stueckzahl stuckzahl "
            "quantite cantidad quantidade aantal",
        ),
        _role(
            "currency",
            "the currency's three-letter code",
            "currency currencycode isocurrency waehrung wahrung devise moneda moeda valuta",
        ),
        _role(
            "message",
            "the event's own id, so that a repeat is known",
            "messageid eventid eventuuid insertid uuid",
        ),
        _role(
            "product",
            "the product's id",
            "productid sku stockcode itemid productcode itemcode articleid articleno articlenumber asin ean "
            "artikelnummer artikelnr produktid idproduit codeproduit idproducto codigoproducto productoid artikelid",
        ),
        _role(
            "product_name",
            "the product's name",
            "productname itemname producttitle description productdescription artikelbezeichnung bezeichnung "
            "produktname "
            "artikel produkt nomproduit designation nombreproducto producto product item",
        ),
        _role(
            "created_at",
            "when the customer came (signed up)",
            "createdat signupdate signedupat signupat registrationdate registeredat registeredon joindate "
            "joinedat joined "
            "customersince membersince firstseen creationdate created createdon accountcreated anmeldedatum "
            "registrierungsdatum dateinscription datecreation fechaalta fecharegistro",
        ),
        _role("type", "the kind of call (track, identify, page ...) of Segment's messages", "type"),
        _role("source", "where the row comes from; ids are unique within it", ""),
        _role("campaign", "the campaign that a message belongs to, as the property `campaign`", ""),
        _role("channel", "the channel that a message went by, as the property `channel`", ""),
        _role("properties", "a JSON object of properties", "properties"),
        _role("traits", "a JSON object of the customer's traits", "traits"),
        _role("context", "a JSON object of circumstances", "context"),
    )
}

PEOPLE_FILES = frozenset(
    [
        "user",
        "users",
        "customer",
        "customers",
        "client",
        "clients",
        "member",
        "members",
        "account",
        "accounts",
        "contact",
        "contacts",
        "people",
        "person",
        "persons",
        "household",
        "households",
        "demographics",
        "subscribers",
        "profiles",
        "traits",
        "kunden",
        "clienti",
        "clientes",
        "klanten",
    ]
)
"""Stems of files whose plain `id` is the customer's."""

RESERVED_TRAITS = [
    "address",
    "age",
    "avatar",
    "birthday",
    "company",
    "createdAt",
    "description",
    "email",
    "firstName",
    "gender",
    "lastName",
    "name",
    "phone",
    "title",
    "username",
    "website",
]
"""Segment's reserved traits; other spellings of them (First_Name, EMAIL) are stored under these names."""

_DEEDS = {
    "view": "Viewed", "click": "Clicked", "open": "Opened", "visit": "Visited", "redemption": "Redeemed",
    "signup": "Signed Up", "login": "Signed In", "logout": "Signed Out", "badge": "Badge Awarded",
    "registration": "Registered", "subscription": "Subscribed", "unsubscription": "Unsubscribed",
    "install": "Installed", "share": "Shared", "search": "Searched", "play": "Played", "download": "Downloaded",
    "page": "Page Viewed", "pageview": "Page Viewed", "purchase": "Purchased", "like": "Liked", "follow": "Followed",
    "session": "Session Started", "visitor": "Visited", "campaign": "Campaign Received", "rating": "Rated",
}  # fmt: skip
_ALONE = frozenset(("signup", "login", "logout", "badge", "session", "campaign", "page", "pageview"))
_UNSTABLE = re.compile(
    r"[\d_\-. ]*(19|20)\d{2}[\d_\-. ]*|\b\d+\b|\((\d+)\)|\b(export|copy|final|part|data|dump|table)\b", re.I
)


def bare(name: str) -> str:
    """A name without case, accents and punctuation: `Customer_ID` and `CustomerID` are one."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss").replace("№", "no"))
    return re.sub(r"[^0-9a-z]", "", "".join(each for each in plain if not unicodedata.combining(each)).lower())


def event_name(stem: str) -> str:
    """What a row of a file of this name tells: `posts` is Post Created, `coupon_redemptions` Coupon Redeemed."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", stem)
    words = [word for word in re.split(r"[\W_]+", _UNSTABLE.sub(" ", spaced.replace("_", " "))) if word]
    if not words:
        return "Event"
    last = _singular(words[-1].lower())
    front = [word.capitalize() for word in words[:-1]]
    if last.endswith("ed") and len(words) > 1:
        return " ".join([*front, last.capitalize()])
    if last in ("event", "events", "activity", "log", "action"):
        return " ".join([*front, last.capitalize()])
    deed = _DEEDS.get(last)
    if deed is None:
        return " ".join([*front, last.capitalize(), "Created"])
    return deed if last in _ALONE else " ".join([*front, deed])


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "ches", "shes", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3 else word


def trait_name(column: str) -> str:
    """The name under which a column of a customers file is stored as a trait."""
    known = {bare(each): each for each in RESERVED_TRAITS}
    return known.get(bare(column), column)
